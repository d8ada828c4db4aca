import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type {
  EngineCheckpoint,
  EngineProgress,
  TrainJob,
  TrainOutcome,
} from '../../contracts/engine-job.js';
import type { StepReport, Trainer } from './trainer.js';

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
  private readonly samples: { at: number; tokens: number }[] = [];
  private tokens = 0;

  add(tokenCount: number, at: number): void {
    this.tokens += tokenCount;
    this.samples.push({ at, tokens: this.tokens });
    if (this.samples.length > 50) this.samples.shift();
  }

  read(stepsLeft: number): { tokensPerSecond: number; secondsLeft: number } {
    const [first] = this.samples;
    const last = this.samples.at(-1);
    if (!first || !last || last === first) return { tokensPerSecond: 0, secondsLeft: 0 };
    const seconds = (last.at - first.at) / 1000;
    return {
      tokensPerSecond: Math.round((last.tokens - first.tokens) / seconds),
      secondsLeft: Math.round((seconds / (this.samples.length - 1)) * stepsLeft),
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
  const start = performance.now();
  const pace = new Pace();
  let lastProgress = 0;
  let lastCheckpoint = start;
  let report: StepReport = { metric: { name: 'loss', value: 0 }, tokenCount: 0 };
  const progress = (): EngineProgress => ({
    stepIndex: trainer.stepIndex,
    stepCount: trainer.stepCount,
    metric: report.metric,
    ...pace.read(trainer.stepCount - trainer.stepIndex),
  });
  const save = (): EngineCheckpoint => {
    const folder = mkdtempSync(join(job.workFolder, `step-${trainer.stepIndex}-`));
    trainer.save(folder);
    const quality = trainer.quality();
    return { stepIndex: trainer.stepIndex, folder, ...(quality && { quality }) };
  };

  while (trainer.stepIndex < trainer.stepCount) {
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
  return {
    status: 'completed',
    progress: progress(),
    checkpoint: save(),
    result: { modelFolder, metricsFolder, summary },
  };
}
