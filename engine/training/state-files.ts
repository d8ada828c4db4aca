import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { sizeOf } from '../graph/program.js';
import type { Program, Session, Values } from '../graph/program.js';
import { openSafetensors, writeSafetensors } from '../weights/safetensors.js';
import { MetricLog } from './trainer.js';

const stateSchema = z.looseObject({ stepIndex: z.int().nonnegative() });

/** Everything a checkpoint holds besides tensors; all JSON. */
export type TrainerState = z.infer<typeof stateSchema>;

/**
 * Writes a checkpoint: `<group>.safetensors` for each group of variables, `state.json`, `metrics.jsonl`.
 *
 * Units: the state's numbers are written in full, so that reading gives the same bits.
 */
export function saveState(
  folder: string,
  options: {
    program: Program;
    session: Session;
    groups: string[];
    state: TrainerState;
    metrics: MetricLog;
  },
): void {
  mkdirSync(folder, { recursive: true });
  for (const group of options.groups) {
    const values = options.session.read(group);
    writeSafetensors(
      join(folder, `${group}.safetensors`),
      Object.entries(values).map(([name, data]) => ({
        name,
        shape: options.program.variables[name]!.shape,
        dtype: data instanceof Int32Array ? 'I32' : 'F32',
        data,
      })),
    );
  }
  writeFileSync(join(folder, 'metrics.jsonl'), options.metrics.toText());
  writeFileSync(join(folder, 'state.json'), `${JSON.stringify(options.state)}\n`);
}

/**
 * Takes up what {@link saveState} wrote.
 *
 * @throws SafetensorsError, ZodError or Error when the folder is damaged or of another model.
 */
export function loadState(
  folder: string,
  options: { session: Session; groups: string[] },
): { state: TrainerState; metrics: MetricLog } {
  for (const group of options.groups)
    options.session.write(group, readTensors(join(folder, `${group}.safetensors`)));
  return {
    state: stateSchema.parse(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))),
    metrics: MetricLog.parse(readFileSync(join(folder, 'metrics.jsonl'), 'utf8')),
  };
}

function readTensors(path: string): Values {
  const file = openSafetensors(path);
  try {
    return Object.fromEntries(file.names.map((name) => [name, file.read(name)]));
  } finally {
    file.close();
  }
}

/** Sets every variable of a group to zero. */
export function zeroGroup(session: Session, program: Program, group: string): void {
  const values: Values = {};
  for (const [name, variable] of Object.entries(program.variables)) {
    if (variable.group === group) values[name] = new Float32Array(sizeOf(variable.shape));
  }
  session.write(group, values);
}
