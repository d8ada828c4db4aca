import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createTrainSegment } from '../../../activities/train/train-segment.js';
import { fineTuneSchema } from '../../../recipe/sections/training.js';
import type { SegmentInput } from '../../../contracts/training.js';
import { createEngine } from '../../../engine/process/client.js';
import type { Engine } from '../../../engine/process/client.js';
import { newBloomConfig } from '../../../engine/weights/bloom-config.js';
import { inheritVariables, readEnvironment } from '../../../infra/environment.js';
import { writeArtifact } from '../../../storage/artifacts.js';
import { S3Store } from '../../../storage/s3-store.js';
import { runActivity } from '../../support/fakes/run-activity.js';
import { ensureBucket, startS3Server } from '../../support/servers/s3-server.js';
import { writeTinyDataset } from '../../support/made-up/tiny-model.js';
import { writeLargeModel } from '../large/made-up-model.js';

const base = fileURLToPath(new URL('../../../models/base', import.meta.url));
const CHECKPOINT_SECONDS = 60;
/** The first minute has no checkpoint; each later one has one. */
const MINUTES_WITH = 2;
/** The first steps of a graph are slow. */
const WARM_UP_SECONDS = 10;

/** 12 blocks of width 832 under the base's tokenizer: 100.5M weights. */
const config = newBloomConfig({ vocab_size: 1024, hidden_size: 832, n_layer: 12, n_head: 13 });

/** Steps a second in minutes with a checkpoint over those without, by the activity that trains, with a real store. */
export async function measureStall(folder: string): Promise<string> {
  const server = await startS3Server();
  const engine = createEngine({
    threads: readEnvironment().threads,
    cacheFolder: join(folder, 'engine'),
    log: () => undefined,
    environment: inheritVariables({}),
  });
  try {
    const bucket = { ...server.options, bucket: 'stall' };
    await ensureBucket(bucket);
    const store = new S3Store(bucket);
    writeLargeModel(join(folder, 'model'), config);
    cpSync(base, join(folder, 'model'), {
      recursive: true,
      filter: (path) => !/config\.json|safetensors/.test(path) || path.endsWith('_config.json'),
    });
    writeTinyDataset(join(folder, 'dataset'));
    const input: SegmentInput = {
      stage: 'fineTune',
      method: 'sft',
      stageKey: 's'.repeat(64),
      seed: 1,
      settings: {
        ...fineTuneSchema.parse({ learningRate: 1e-5, epochs: 100, batchSize: 8, maxTokens: 64 }),
        template: 'Input: {x}\nOutput:',
      },
      inputs: {
        model: await writeArtifact(store, 'model', join(folder, 'model')),
        dataset: await writeArtifact(store, 'dataset', join(folder, 'dataset')),
      },
      maxSeconds: CHECKPOINT_SECONDS * (MINUTES_WITH + 1),
      checkpointSeconds: CHECKPOINT_SECONDS,
      keepCheckpoints: 2,
    };
    const steps: { at: number; stepIndex: number }[] = [];
    const taken: number[] = [];
    const watched: Engine = {
      ...engine,
      run: (job, hooks) =>
        engine.run(job, {
          ...hooks,
          onProgress: (progress) => {
            steps.push({ at: performance.now() / 1000, stepIndex: progress.stepIndex });
            hooks?.onProgress?.(progress);
          },
          onCheckpoint: async (checkpoint) => {
            taken.push(performance.now() / 1000);
            await hooks?.onCheckpoint?.(checkpoint);
          },
        }),
    };
    const trainSegment = createTrainSegment({
      store,
      engine: () => watched,
      cacheFolder: join(folder, 'cache'),
    });
    await runActivity(trainSegment, input);
    return describe(steps, taken);
  } finally {
    await engine.close();
    await server.stop();
  }
}

/** Steps take longer than the engine's pause between two reports, so each is reported when it ends. */
function describe(steps: { at: number; stepIndex: number }[], taken: number[]): string {
  const begin = steps[0]!.at;
  const rate = (from: number, to: number): number => {
    const inside = steps.filter(({ at }) => at >= begin + from && at <= begin + to);
    const [first, last] = [inside[0]!, inside.at(-1)!];
    return (last.stepIndex - first.stepIndex) / (last.at - first.at);
  };
  const without = rate(WARM_UP_SECONDS, CHECKPOINT_SECONDS - 2);
  const rest = rate(CHECKPOINT_SECONDS - 2, CHECKPOINT_SECONDS * (MINUTES_WITH + 1) - 2);
  const stood = taken.map((at) => at - steps.findLast((step) => step.at <= at)!.at);
  const mean = stood.reduce((sum, seconds) => sum + seconds, 0) / stood.length;
  const share = (100 * mean) / CHECKPOINT_SECONDS;
  const slower = 100 * (1 - rest / without);
  return `A model of 100.5M weights (a checkpoint has 1.2 GB), a checkpoint a minute: training stands still for ${mean.toFixed(2)} s a checkpoint (${stood.length} of them), ${share.toFixed(1)} % (must < 5 %). With digests, upload and the store itself on the same cores it makes ${rest.toFixed(2)} steps/s where the minute without a checkpoint has ${without.toFixed(2)}: ${slower.toFixed(1)} % fewer.`;
}
