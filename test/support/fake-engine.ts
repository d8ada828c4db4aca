import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { EngineJob, TrainJob, TrainOutcome } from '../../contracts/engine-job.js';
import type { Engine, EngineHooks } from '../../engine/process/client.js';

export interface FakeEngine extends Engine {
  /** Training jobs in the order they came. */
  jobs: TrainJob[];
  retained: string[];
  /** Ends the job under way as a native crash would. */
  crash: () => void;
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
  const fake: FakeEngine = {
    jobs: [],
    retained: [],
    crash: () => {
      crashed = true;
    },
    pid: undefined,
    retain: (digest) => fake.retained.push(digest),
    close: () => Promise.resolve(),
    run: (async (job: EngineJob, hooks: EngineHooks = {}) => {
      if (job.kind !== 'train') throw new Error(`the fake engine cannot ${job.kind}`);
      fake.jobs.push(job);
      crashed = false;
      return train(job, hooks, { ...options, isCrashed: () => crashed });
    }) as Engine['run'],
  };
  return fake;
}

async function train(
  job: TrainJob,
  hooks: EngineHooks,
  pace: { stepCount: number; checkpointEvery: number; stepMs: number; isCrashed: () => boolean },
): Promise<TrainOutcome> {
  const { stepCount } = pace;
  let { stepIndex, sum } = job.resumeFrom
    ? (JSON.parse(await readFile(join(job.resumeFrom, 'state.json'), 'utf8')) as {
        stepIndex: number;
        sum: number;
      })
    : { stepIndex: 0, sum: 0 };
  const save = async (name: string): Promise<{ stepIndex: number; folder: string }> => {
    const folder = join(job.workFolder, `${name}-${stepIndex}`);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'state.json'), JSON.stringify({ stepIndex, sum }));
    return { stepIndex, folder };
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
    if (pace.isCrashed()) throw new Error('the engine process ended (SIGSEGV)');
    stepIndex += 1;
    sum += stepIndex;
    hooks.onProgress?.(progress());
    if (stepIndex % pace.checkpointEvery === 0)
      await hooks.onCheckpoint?.(await save('checkpoint'));
  }
  const checkpoint = await save('final');
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
