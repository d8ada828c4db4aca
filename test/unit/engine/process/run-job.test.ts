import { describe, expect, it } from 'vitest';
import type { GenerateJob, PredictJob } from '../../../../contracts/engine-job.js';
import { JobRunner } from '../../../../engine/process/run-job.js';

const generate: GenerateJob = {
  kind: 'generate',
  modelFolder: '/no/such/model',
  prompts: ['a cat'],
  rowKeys: [0],
  seed: 1,
  sampling: { temperature: 0.7, topK: 0, topP: 1, maxNewTokens: 4, repetitionPenalty: 1 },
  batchSize: 1,
};
const predict: PredictJob = {
  kind: 'predict',
  modelFolder: '/no/such/model',
  rows: [{ x: 'a cat', y: 'a cat, detailed' }],
  batchSize: 1,
};
const run = (job: GenerateJob | PredictJob): Promise<unknown> =>
  new JobRunner('/no/such/cache').run(job, {
    started: () => undefined,
    progress: () => undefined,
    checkpoint: () => undefined,
    checkpointPending: () => false,
    stopRequested: () => false,
    text: () => undefined,
  });

describe('a job without training', () => {
  it.each([
    ['temperature', Number.NaN, /NaN/],
    ['temperature', -1, />=0/],
    ['temperature', 1e-7, /must be 0, which is greedy, or at least 0\.001/],
    ['topK', -3, />=0/],
    ['maxNewTokens', 0, />=1/],
  ])('is refused with %s %d, before its model is read', async (name, value, message) => {
    const failed = run({ ...generate, sampling: { ...generate.sampling, [name]: value } });
    await expect(failed).rejects.toMatchObject({ name: 'InputInvalidError' });
    await expect(failed).rejects.toThrow(`generate job: sampling.${name}: `);
    await expect(failed).rejects.toThrow(message);
  });

  it.each([generate, predict])('is refused with batches of no row: $kind', async (job) => {
    await expect(run({ ...job, batchSize: 0 })).rejects.toThrow(`${job.kind} job: batchSize: `);
  });

  it('is taken with temperature 0 and with the least above it', async () => {
    for (const temperature of [0, 1e-3]) {
      const sampling = { ...generate.sampling, temperature };
      await expect(run({ ...generate, sampling })).rejects.toThrow('/no/such/model');
    }
  });
});
