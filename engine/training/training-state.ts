import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { CheckpointQuality } from '../../contracts/artifact.js';
import type { Program, Session, TensorData } from '../graph/program.js';
import { adamValues, MOMENTS, type AdamSettings } from '../optim/adamw.js';
import { runStep, type StepOutputs, type StepPart } from '../optim/optimiser-step.js';
import { learningRateAt, type ScheduleSettings } from '../optim/schedule.js';
import { openSafetensors, writeSafetensors } from '../weights/safetensors.js';
import { MetricLog } from './metric-log.js';

/** What a training consists of; `Memory` is what the method remembers from step to step, as JSON. */
export interface TrainingOptions<Memory extends object> {
  program: Program;
  session: Session;
  /** Group of the trained weights. */
  weights: string;
  settings: AdamSettings & ScheduleSettings;
  stepCount: number;
  /** The metric that says how good a checkpoint is. */
  judgedBy: Pick<CheckpointQuality, 'metric' | 'better'>;
  /** Absent: the method remembers nothing. */
  memory?: { schema: z.ZodType<Memory>; start: Memory };
  /** Called when the training is disposed of, after its session. */
  onDispose?: () => void;
}

const countersSchema = z.object({ stepIndex: z.int().nonnegative() });

/**
 * The state of a training, whatever its method, and the one place that says what a checkpoint holds.
 *
 * A checkpoint is a folder: `<group>.safetensors` with the trained weights and with the optimiser's moments,
 * `state.json` with the steps done and the method's memory, `metrics.jsonl`. What else a method needs is a pure function
 * of its inputs, its seed and the step.
 */
export class TrainingState<Memory extends object = object> {
  readonly session: Session;
  readonly stepCount: number;
  memory: Memory;
  readonly #options: TrainingOptions<Memory>;
  readonly #groups: readonly string[];
  #stepIndex = 0;
  #metrics = new MetricLog();

  constructor(options: TrainingOptions<Memory>) {
    this.#options = options;
    this.session = options.session;
    this.stepCount = options.stepCount;
    this.memory = options.memory?.start ?? ({} as Memory);
    this.#groups = [options.weights, MOMENTS];
  }

  /** Steps done. */
  get stepIndex(): number {
    return this.#stepIndex;
  }

  get metrics(): MetricLog {
    return this.#metrics;
  }

  /** Learning rate of the step to be taken. */
  get learningRate(): number {
    return learningRateAt(this.#stepIndex, this.stepCount, this.#options.settings);
  }

  /** How good the state is, as last measured; `undefined` before that. */
  get quality(): CheckpointQuality | undefined {
    const { metric, better } = this.#options.judgedBy;
    return this.#metrics.quality(metric, better);
  }

  /**
   * Takes one optimiser step at this step's learning rate; see {@link runStep}.
   *
   * Units: `count` is what the loss is divided by; `number` counts optimiser steps from 1 and is that of the training's
   * step where a step takes one of them.
   */
  optimiserStep(
    parts: readonly StepPart[],
    { count, number = this.#stepIndex + 1 }: { count: number; number?: number },
  ): StepOutputs {
    const adam = adamValues(number, this.learningRate, this.#options.settings);
    return runStep(this.session, parts, { count, adam });
  }

  /** Logs values under the number of steps done. */
  log(values: Record<string, number>): void {
    this.#metrics.add(this.#stepIndex, values);
  }

  /** Counts a step as done and logs its values. */
  endStep(values: Record<string, number>): void {
    this.#stepIndex += 1;
    this.log(values);
  }

  /**
   * Writes a checkpoint.
   *
   * Units: numbers are written in full, so that reading gives the same bits.
   */
  save(folder: string): void {
    mkdirSync(folder, { recursive: true });
    for (const group of this.#groups) this.#saveGroup(folder, group);
    writeFileSync(join(folder, 'metrics.jsonl'), this.#metrics.toText());
    const counters = { stepIndex: this.#stepIndex, ...this.memory };
    writeFileSync(join(folder, 'state.json'), `${JSON.stringify(counters)}\n`);
  }

  /**
   * Takes up a checkpoint.
   *
   * @throws SafetensorsError, ZodError or Error when the folder is damaged or of another model.
   */
  restore(folder: string): void {
    for (const group of this.#groups) this.#restoreGroup(folder, group);
    const counters: unknown = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8'));
    this.#stepIndex = countersSchema.parse(counters).stepIndex;
    this.memory = this.#options.memory?.schema.parse(counters) ?? this.memory;
    this.#metrics = MetricLog.parse(readFileSync(join(folder, 'metrics.jsonl'), 'utf8'));
  }

  dispose(): void {
    this.session.dispose();
    this.#options.onDispose?.();
  }

  #saveGroup(folder: string, group: string): void {
    const { variables } = this.#options.program;
    const snapshot = this.session.snapshot(group);
    try {
      const tensors = snapshot.names.map((name) => {
        const { shape, dtype } = variables[name]!;
        const data = (): TensorData => snapshot.read(name);
        return { name, shape, dtype: dtype === 'int32' ? 'I32' : 'F32', data } as const;
      });
      // Its commit in the store is what makes a checkpoint last; this folder goes with the machine.
      writeSafetensors(join(folder, `${group}.safetensors`), tensors, { flush: false });
    } finally {
      snapshot.release();
    }
  }

  #restoreGroup(folder: string, group: string): void {
    const file = openSafetensors(join(folder, `${group}.safetensors`));
    try {
      const read = (name: string) => (into: TensorData) => void file.read(name, into);
      this.session.write(group, Object.fromEntries(file.names.map((name) => [name, read(name)])));
    } finally {
      file.close();
    }
  }
}
