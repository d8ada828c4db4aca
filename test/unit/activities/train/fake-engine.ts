import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  EngineCheckpoint,
  EngineJob,
  TrainJob,
  TrainOutcome,
} from '../../../../contracts/engine-job.js';
import type { Engine, EngineHooks } from '../../../../engine/process/client.js';
import { TrainingDivergedError } from '../../../../engine/training/guards.js';

export interface FakeEngine extends Engine {
  /** Training jobs in the order they came. */
  jobs: TrainJob[];
  retained: string[];
  /** Ends the job under way as a native crash would. */
  crash: () => void;
  /** Holds the job under way until the answer is called, as a process that was stopped; others go on. */
  stall: () => () => void;
  /** At this step a guard trips, once. */
  trip: (stepIndex: number) => void;
}

/**
 * An engine that adds up step numbers: its state is one number, so resumed and uninterrupted runs can be compared.
 *
 * It writes a checkpoint after every `checkpointEvery` steps and `stepMs` passes a step.
 */
export function createFakeEngine(options: {
  stepCount: number;
  checkpointEvery: number;
  stepMs: number;
}): FakeEngine {
  let crashed = false;
  /** What a paused job left in memory, and the digest it was retained by. */
  let state: SumState | undefined;
  let heldDigest: string | undefined;
  let tripAt = -1;
  const stalls = new Map<TrainJob, Promise<void>>();
  const fake: FakeEngine = {
    jobs: [],
    retained: [],
    crash: () => {
      crashed = true;
    },
    stall: () => {
      const job = fake.jobs.at(-1);
      let wake = (): void => undefined;
      if (job) stalls.set(job, new Promise((resolve) => (wake = resolve)));
      return wake;
    },
    trip: (stepIndex) => {
      tripAt = stepIndex;
    },
    pid: undefined,
    get heldDigest() {
      return heldDigest;
    },
    retain: (digest) => {
      fake.retained.push(digest);
      heldDigest = digest;
    },
    close: () => Promise.resolve(),
    run: (async (job: EngineJob, hooks: EngineHooks = {}) => {
      if (job.kind !== 'train') throw new Error(`the fake engine cannot ${job.kind}`);
      fake.jobs.push(job);
      crashed = false;
      const held = job.resumeDigest === heldDigest ? state : undefined;
      heldDigest = undefined;
      const beforeStep = async (stepIndex: number): Promise<void> => {
        await stalls.get(job);
        if (crashed) throw new Error('the engine process ended (SIGSEGV)');
        if (stepIndex !== tripAt) return;
        tripAt = -1;
        const trip = { measure: 'loss', value: 'NaN', expected: 'a finite number', stepIndex };
        throw new TrainingDivergedError(trip, 'of the test');
      };
      const begin = held ?? (await readState(job));
      return train(job, hooks, { ...options, begin, beforeStep, keep: (left) => (state = left) });
    }) as Engine['run'],
  };
  return fake;
}

interface SumState {
  stepIndex: number;
  sum: number;
}

async function readState({ resumeFrom }: TrainJob): Promise<SumState> {
  if (resumeFrom === undefined) return { stepIndex: 0, sum: 0 };
  return JSON.parse(await readFile(join(resumeFrom, 'state.json'), 'utf8')) as SumState;
}

async function train(
  job: TrainJob,
  hooks: EngineHooks,
  pace: {
    stepCount: number;
    checkpointEvery: number;
    stepMs: number;
    begin: SumState;
    keep: (state: SumState) => void;
    beforeStep: (stepIndex: number) => Promise<void>;
  },
): Promise<TrainOutcome> {
  const { stepCount } = pace;
  let { stepIndex, sum } = pace.begin;
  const save = async (name: string): Promise<EngineCheckpoint> => {
    const folder = join(job.workFolder, `${name}-${stepIndex}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'state.json'), JSON.stringify({ stepIndex, sum }));
    // Best in the middle of a run, so that the best is neither the first nor the newest.
    const value = Math.abs(stepIndex - stepCount / 2);
    return { stepIndex, folder, quality: { metric: 'loss', value, better: 'lower' } };
  };
  const progress = (): TrainOutcome['progress'] => ({
    stepIndex,
    stepCount,
    metric: { name: 'loss', value: sum },
    tokensPerSecond: 1,
    secondsLeft: 0,
  });
  while (stepIndex < stepCount && hooks.signal?.aborted !== true) {
    await new Promise((resolve) => setTimeout(resolve, pace.stepMs));
    await pace.beforeStep(stepIndex);
    stepIndex += 1;
    sum += stepIndex;
    hooks.onProgress?.(progress());
    if (stepIndex % pace.checkpointEvery === 0)
      await hooks.onCheckpoint?.(await save('checkpoint'));
  }
  const checkpoint = await save('final');
  pace.keep({ stepIndex, sum });
  if (stepIndex < stepCount) return { status: 'paused', progress: progress(), checkpoint };
  const modelFolder = join(job.workFolder, 'model');
  const metricsFolder = join(job.workFolder, 'metrics');
  await mkdir(modelFolder, { recursive: true });
  await mkdir(metricsFolder, { recursive: true });
  await writeFile(join(modelFolder, 'weights'), String(sum));
  await writeFile(join(metricsFolder, 'metrics.jsonl'), '{"step":1}\n');
  const result = { modelFolder, metricsFolder, summary: { sum } };
  return { status: 'completed', progress: progress(), checkpoint, result };
}
