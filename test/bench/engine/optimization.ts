import { join } from 'node:path';
import { ppoSchema } from '../../../recipe/sections/ppo.js';
import { PpoTrainer } from '../../../engine/ppo/ppo-trainer.js';
import { loadRewardModel } from '../../../engine/reward/reward-model.js';
import { makeBenchFolders } from './model-folders.js';
import type { Workload, WorkloadPlace } from './workload.js';

const BATCH = 32;
const TOKENS = 32;
const MANY = 1_000_000;

/**
 * One iteration of the real PPO trainer: 32 prompts of 32 tokens, 32 new tokens, one reward model, 4 passes of
 * minibatches of 8.
 */
export function createPpo({ size, folder }: WorkloadPlace): Workload {
  const folders = makeBenchFolders(size, folder);
  const graphFolder = join(folder, 'graphs');
  const model = loadRewardModel(folders.reward, { batchSize: BATCH, graphFolder });
  const settings = ppoSchema.parse({
    iterations: MANY,
    rolloutsPerIteration: BATCH,
    minibatchSize: 8,
    maxPromptTokens: TOKENS,
    sampling: { temperature: 1, topK: 0, topP: 1, repetitionPenalty: 1, maxNewTokens: TOKENS },
    reward: { minusTarget: false },
    guard: { maxKl: MANY },
    sampleEvery: MANY,
    sampleCount: 1,
  });
  const trainer = new PpoTrainer(
    { ...settings, template: '{x}' },
    {
      datasetFolder: folders.dataset,
      modelFolder: folders.policy,
      graphFolder,
      seed: 1,
      // One pass of one model serves for both scores, as the other side has one model.
      score: (rows) => {
        const scores = model.score(rows);
        return { pick: scores, aesthetic: scores };
      },
      disposeScorer: () => {
        model.dispose();
      },
    },
  );
  return {
    run() {
      trainer.step();
      return undefined;
    },
  };
}
