import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { groupNames } from '../graph/program.js';
import type { Program, Session, TensorData } from '../graph/program.js';
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
    const snapshot = options.session.snapshot(group);
    try {
      const tensors = snapshot.names.map((name) => {
        const { shape, dtype } = options.program.variables[name]!;
        const data = (): TensorData => snapshot.read(name);
        return { name, shape, dtype: dtype === 'int32' ? 'I32' : 'F32', data } as const;
      });
      // Its commit in the store is what makes a checkpoint last; this folder goes with the machine.
      writeSafetensors(join(folder, `${group}.safetensors`), tensors, { flush: false });
    } finally {
      snapshot.release();
    }
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
  for (const group of options.groups) {
    const file = openSafetensors(join(folder, `${group}.safetensors`));
    try {
      options.session.write(
        group,
        Object.fromEntries(file.names.map((name) => [name, (into) => void file.read(name, into)])),
      );
    } finally {
      file.close();
    }
  }
  return {
    state: stateSchema.parse(JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'))),
    metrics: MetricLog.parse(readFileSync(join(folder, 'metrics.jsonl'), 'utf8')),
  };
}

/** Sets every variable of a group to zero. */
export function zeroGroup(session: Session, program: Program, group: string): void {
  const zero = (into: TensorData): void => void into.fill(0);
  session.write(group, Object.fromEntries(groupNames(program, group).map((name) => [name, zero])));
}
