import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import type { FeedSpec, Program, Scope, Signature } from '../graph/program.js';
import { bloomTrunk } from '../model/bloom.js';
import type { Weights } from '../model/lora.js';
import { rewardHead, rewardHeadShapes } from '../model/heads.js';
import {
  splitVariables,
  splitWeights,
  withAdapters,
  type TrainableSplit,
} from '../model/trainable-split.js';
import { adamVariables, namedGradients, type AdamSettings } from '../optim/adamw.js';
import { gradientVariables, stepSignatures, type OptimiserStep } from '../optim/optimiser-step.js';
import { tf, type Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';

/** Group of a reward model's trained weights. */
export const REWARD = 'reward';

function feedsOf(batch: number, length: number): Record<string, FeedSpec> {
  return {
    ids: { shape: [batch, length], dtype: 'int32' },
    mask: { shape: [batch, length], dtype: 'float32' },
  };
}

function scores(
  weights: Weights,
  config: BloomConfig,
  options: { scope: Scope; pooling: 'last' | 'mean'; recompute?: boolean | undefined },
): Tensor {
  const { scope, ...rest } = options;
  const input = { ids: scope.feed('ids'), mask: scope.feed('mask'), ...rest };
  return rewardHead(weights, bloomTrunk(weights, config, input), input);
}

/** Which weights of a reward model are trained; the head always. */
export function splitReward(
  config: BloomConfig,
  size?: Pick<TrainingSize, 'trainTopBlocks' | 'lora'>,
): TrainableSplit {
  return splitWeights(config, size, rewardHeadShapes(config));
}

/** Signatures `predict/<length>`: standardised scores [batch] of right-padded texts. */
export function predictProgram(
  config: BloomConfig,
  options: {
    batchSize: number;
    lengths: number[];
    pooling: 'last' | 'mean';
    split?: TrainableSplit;
  },
): Program {
  const split = options.split ?? splitReward(config);
  const signatures: Record<string, Signature> = {};
  for (const length of options.lengths) {
    signatures[`predict/${length}`] = {
      feeds: feedsOf(options.batchSize, length),
      body: (scope) => {
        const weights = withAdapters((name) => scope.variable(name), split);
        return { score: scores(weights, config, { scope, pooling: options.pooling }) };
      },
    };
  }
  return { variables: splitVariables(split, REWARD), signatures };
}

/**
 * Adds training: the signatures of `stepSignatures` with keys `/<length>` and the feed label [batch]; the loss is the mean
 * squared error of standardised scores over the rows of the whole step. `batchSize` rows go through in one call.
 */
export function rewardProgram(
  config: BloomConfig,
  options: Omit<Parameters<typeof predictProgram>[1], 'split'> & {
    adam: AdamSettings;
    headRateFactor: number;
    size?: TrainingSize;
  },
): Program {
  const split = splitReward(config, options.size);
  const program = predictProgram(config, { ...options, split });
  const step: OptimiserStep = {
    trained: split.trained,
    settings: options.adam,
    rateFactors: { 'score.': options.headRateFactor },
    gradientAccumulationSteps: options.size?.gradientAccumulationSteps ?? 1,
  };
  for (const length of options.lengths) {
    const feeds: Record<string, FeedSpec> = {
      ...feedsOf(options.batchSize, length),
      label: { shape: [options.batchSize], dtype: 'float32' },
    };
    const body = (scope: Scope, count: (own: () => Tensor) => Tensor) => {
      const names = Object.keys(split.trained);
      const { value, gradients } = namedGradients(names, scope, (weights) =>
        scores(withAdapters(weights, split), config, {
          scope,
          pooling: options.pooling,
          recompute: options.size?.recompute,
        })
          .sub(scope.feed('label'))
          .square()
          .sum()
          .div(count(() => tf.scalar(options.batchSize))),
      );
      return { gradients, outputs: { loss: value } };
    };
    Object.assign(program.signatures, stepSignatures(step, { key: `/${length}`, feeds, body }));
  }
  return {
    variables: {
      ...program.variables,
      ...adamVariables(split.trained),
      ...gradientVariables(step),
    },
    signatures: program.signatures,
  };
}
