import type { FeedSpec, Program, Signature } from '../graph/program.js';
import { bloomShapes, bloomTrunk } from '../model/bloom.js';
import type { Weights } from '../model/bloom.js';
import { rewardHead, rewardHeadShapes } from '../model/heads.js';
import { weightVariables } from '../model/language-model.js';
import { adamFeeds, adamVariables, applyAdamW, namedGradients } from '../optim/adamw.js';
import type { AdamSettings } from '../optim/adamw.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';

/** Group of a reward model's weights. */
export const REWARD = 'reward';

/** Names and shapes of a reward model's weights. */
export function rewardShapes(config: BloomConfig): Record<string, number[]> {
  return { ...bloomShapes(config), ...rewardHeadShapes(config) };
}

function feedsOf(batch: number, length: number): Record<string, FeedSpec> {
  return {
    ids: { shape: [batch, length], dtype: 'int32' },
    mask: { shape: [batch, length], dtype: 'float32' },
  };
}

function scores(
  weights: Weights,
  config: BloomConfig,
  options: { ids: Tensor; mask: Tensor; pooling: 'last' | 'mean' },
): Tensor {
  return rewardHead(weights, bloomTrunk(weights, config, options), options);
}

/** Signatures `predict/<length>`: standardised scores [batch] of right-padded texts. */
export function predictProgram(
  config: BloomConfig,
  options: { batchSize: number; lengths: number[]; pooling: 'last' | 'mean' },
): Program {
  const signatures: Record<string, Signature> = {};
  for (const length of options.lengths) {
    signatures[`predict/${length}`] = {
      feeds: feedsOf(options.batchSize, length),
      body: (scope) => ({
        score: scores((name) => scope.variable(name), config, {
          ids: scope.feed('ids'),
          mask: scope.feed('mask'),
          pooling: options.pooling,
        }),
      }),
    };
  }
  return { variables: weightVariables(rewardShapes(config), REWARD), signatures };
}

/**
 * Adds training: signatures `train/<length>` with feeds label and rowWeight [batch]; loss is the mean squared error of
 * standardised scores over the weighted rows.
 */
export function rewardProgram(
  config: BloomConfig,
  options: {
    batchSize: number;
    lengths: number[];
    pooling: 'last' | 'mean';
    adam: AdamSettings;
    headRateFactor: number;
  },
): Program {
  const program = predictProgram(config, options);
  const names = Object.keys(rewardShapes(config));
  for (const length of options.lengths) {
    program.signatures[`train/${length}`] = {
      feeds: {
        ...feedsOf(options.batchSize, length),
        label: { shape: [options.batchSize], dtype: 'float32' },
        ...adamFeeds,
      },
      body: (scope) => {
        const { value, gradients } = namedGradients(names, scope, (weights) =>
          scores(weights, config, {
            ids: scope.feed('ids'),
            mask: scope.feed('mask'),
            pooling: options.pooling,
          })
            .sub(scope.feed('label'))
            .square()
            .mean(),
        );
        const rateFactors = { 'score.': options.headRateFactor };
        return {
          loss: value,
          norm: applyAdamW(scope, gradients, { settings: options.adam, rateFactors }),
        };
      },
    };
  }
  return {
    variables: { ...program.variables, ...adamVariables(rewardShapes(config)) },
    signatures: program.signatures,
  };
}
