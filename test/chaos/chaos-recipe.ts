import { parse } from 'yaml';

/** How much a recipe computes: `whole` about a minute on two cores, `short` a part of that. */
export type RecipeSize = 'whole' | 'short';

const sizes = {
  whole: { rows: 1500, epochs: 0.5, labels: 600, iterations: 12, rollouts: 32, segment: 8 },
  short: { rows: 500, epochs: 0.3, labels: 160, iterations: 6, rollouts: 16, segment: 4 },
};

/** Seconds between checkpoints of the recipes: what a kill may cost. */
export const checkpointSeconds = 2;

/**
 * A recipe of every stage on the bundled data, cut into segments of seconds with several checkpoints each.
 *
 * Segments and checkpoints are cut by time, so a faster machine has fewer of them.
 */
export function chaosRecipe(seed: number, size: RecipeSize): unknown {
  const { rows, epochs, labels, iterations, rollouts, segment } = sizes[size];
  return parse(`
name: chaos
seed: ${seed}
collect: { maxRows: ${rows}, validationShare: 0.1, testShare: 0.1 }
fineTune: { learningRate: 7.0e-4, epochs: ${epochs}, batchSize: 8, maxTokens: 96 }
labelRewards: { rows: ${labels}, imagesPerPrompt: 1 }
pickReward: { learningRate: 5.0e-4, epochs: 1.5, batchSize: 8, maxTokens: 96 }
aestheticReward: { learningRate: 5.0e-4, epochs: 1.5, batchSize: 8, maxTokens: 96 }
optimizePolicy:
  learningRate: 1.0e-4
  iterations: ${iterations}
  rolloutsPerIteration: ${rollouts}
  minibatchSize: 8
  epochs: 2
  sampling: { maxNewTokens: 32 }
  sampleEvery: 4
  sampleCount: 16
evaluate: { prompts: 32, imagesPerPrompt: 1, bootstrapResamples: 200, sampling: { maxNewTokens: 32 } }
publish: { name: chaos }
compute:
  segmentSeconds: ${segment}
  checkpointSeconds: ${checkpointSeconds}
  keepCheckpoints: 2
  generateBatchSize: 16
`);
}
