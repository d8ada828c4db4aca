import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  EngineCheckpoint,
  EngineProgress,
  TrainJob,
  TrainOutcome,
} from '../../contracts/engine-job.js';
import type { RateChange } from '../../contracts/training.js';
import type { TrainingState } from './training-state.js';

/** What one step of any method reports. */
export interface StepReport {
  /** Shown while it runs. */
  metric: { name: string; value: number };
  /** Tokens that went through the model. */
  tokenCount: number;
}

/** A training method: its step and its end, over the state that every method keeps in the same way. One folder a method. */
export interface Trainer {
  readonly state: TrainingState;
  step(): StepReport | Promise<StepReport>;
  /** Writes the Hugging Face folder and the metrics; returns the scalars of summary.json. */
  finish(modelFolder: string, metricsFolder: string): Record<string, number>;
}

/** What every method is given besides its settings and the folders it reads. */
export interface TrainerInputs {
  graphFolder: string;
  seed: number;
  rateChanges?: readonly RateChange[] | undefined;
}

/** How the driver speaks with whoever runs it. */
export interface TrainHooks {
  progress(progress: EngineProgress): void;
  /** Hands a checkpoint over; true while an earlier one is still on its way, so that one waits at most. */
  checkpoint(checkpoint: EngineCheckpoint): void;
  checkpointPending(): boolean;
  stopRequested(): boolean;
}

const PROGRESS_MS = 500;

/** Tokens a second and seconds left, over a sliding window of steps. */
class Pace {
  readonly #samples: { at: number; tokens: number }[] = [];
  #tokens = 0;

  add(tokenCount: number, at: number): void {
    this.#tokens += tokenCount;
    this.#samples.push({ at, tokens: this.#tokens });
    if (this.#samples.length > 50) this.#samples.shift();
  }

  read(stepsLeft: number): { tokensPerSecond: number; secondsLeft: number } {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last === first) return { tokensPerSecond: 0, secondsLeft: 0 };
    const seconds = (last.at - first.at) / 1000;
    return {
      tokensPerSecond: Math.round((last.tokens - first.tokens) / seconds),
      secondsLeft: Math.round((seconds / (this.#samples.length - 1)) * stepsLeft),
    };
  }
}

/**
 * Steps a trainer until it is done, out of time, or asked to stop, with checkpoints on the way.
 *
 * Neither time nor checkpoints change what is computed: a run that was cut anywhere ends with the same bits.
 */
export async function train(
  trainer: Trainer,
  job: TrainJob,
  hooks: TrainHooks,
): Promise<TrainOutcome> {
  const { state } = trainer;
  const start = performance.now();
  const pace = new Pace();
  let lastProgress = 0;
  let lastCheckpoint = start;
  let report: StepReport = { metric: { name: 'loss', value: 0 }, tokenCount: 0 };
  const progress = (): EngineProgress => ({
    stepIndex: state.stepIndex,
    stepCount: state.stepCount,
    metric: report.metric,
    ...pace.read(state.stepCount - state.stepIndex),
  });
  const save = (): EngineCheckpoint => {
    const folder = mkdtempSync(join(job.workFolder, `step-${state.stepIndex}-`));
    state.save(folder);
    const { stepIndex, quality } = state;
    return { stepIndex, folder, ...(quality && { quality }) };
  };

  while (state.stepIndex < state.stepCount) {
    await nextTurn();
    const now = performance.now();
    if (hooks.stopRequested() || now - start >= job.maxSeconds * 1000)
      return { status: 'paused', progress: progress(), checkpoint: save() };
    if (now - lastCheckpoint >= job.checkpointSeconds * 1000 && !hooks.checkpointPending()) {
      hooks.checkpoint(save());
      lastCheckpoint = now;
    }
    report = await trainer.step();
    pace.add(report.tokenCount, performance.now());
    if (performance.now() - lastProgress >= PROGRESS_MS) {
      lastProgress = performance.now();
      hooks.progress(progress());
    }
  }
  const modelFolder = join(job.workFolder, 'model');
  const metricsFolder = join(job.workFolder, 'metrics');
  const summary = trainer.finish(modelFolder, metricsFolder);
  const result = { modelFolder, metricsFolder, summary };
  return { status: 'completed', progress: progress(), checkpoint: save(), result };
}
