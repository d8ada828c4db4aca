import type { PpoSettings } from '../../contracts/recipe/ppo.js';
import { sparseCrossEntropy } from '../graph/operations.js';
import type { FeedSpec, Program, Scope } from '../graph/program.js';
import { bloomShapes, bloomTrunk, languageHead } from '../model/bloom.js';
import type { Weights } from '../model/bloom.js';
import { decodingProgram } from '../model/decoding.js';
import type { DecodingShape } from '../model/decoding.js';
import { valueHead, valueHeadShapes } from '../model/heads.js';
import { POLICY, weightVariables } from '../model/language-model.js';
import { adamFeeds, adamVariables, applyAdamW, namedGradients } from '../optim/adamw.js';
import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { policyLoss, tokenMean, valueLoss } from './ppo-losses.js';

/** Group of the frozen reference's weights. */
export const REFERENCE = 'reference';
/** Variable of the reference that belongs to a weight of the policy. */
export const referenceName = (name: string): string => `reference.${name}`;

/** Weights of policy and value head together: what PPO trains. */
export function policyShapes(config: BloomConfig): Record<string, number[]> {
  return { ...bloomShapes(config), ...valueHeadShapes(config) };
}

interface Sizes {
  batch: number;
  promptTokens: number;
  responseTokens: number;
}

function rolloutFeeds({ batch, promptTokens, responseTokens }: Sizes): Record<string, FeedSpec> {
  const all = [batch, promptTokens + responseTokens];
  return {
    ids: { shape: all, dtype: 'int32' },
    mask: { shape: all, dtype: 'float32' },
    labels: { shape: [batch * responseTokens], dtype: 'int32' },
  };
}

/** Hidden states that predict the response tokens. Shapes: returns [batch * response, hidden]. */
function responseHidden(
  weights: Weights,
  config: BloomConfig,
  options: { scope: Scope; sizes: Sizes },
): Tensor {
  const { batch, promptTokens, responseTokens } = options.sizes;
  const hidden = bloomTrunk(weights, config, {
    ids: options.scope.feed('ids'),
    mask: options.scope.feed('mask'),
  });
  return hidden
    .reshape([batch, promptTokens + responseTokens, config.hidden_size])
    .slice([0, promptTokens - 1, 0], [-1, responseTokens, -1])
    .reshape([batch * responseTokens, config.hidden_size]);
}

/** Logits of the response tokens, divided by the sampling temperature as everywhere. */
function responseLogits(weights: Weights, hidden: Tensor, temperature: number): Tensor {
  return languageHead(weights, hidden).div(temperature);
}

/** Entropy of each row's distribution, nats. Shapes: logits [n, vocab]; returns [n]. */
function entropyOf(logits: Tensor): Tensor {
  return tf.logSumExp(logits, -1).sub(tf.softmax(logits).mul(logits).sum(-1));
}

/**
 * Everything PPO runs, over one set of weights: `prefill` and `decode` (rollouts), `score` (log-probabilities of policy
 * and reference, values and entropy of finished rollouts), `train` (one optimiser step on a minibatch).
 *
 * Rollouts are left-padded prompts and right-padded responses of fixed sizes, so that responses stand in the same columns.
 */
export function ppoProgram(
  config: BloomConfig,
  options: { settings: PpoSettings; decoding: DecodingShape; temperature: number },
): Program {
  const { settings, decoding, temperature } = options;
  const sizes = (batch: number): Sizes => ({
    batch,
    promptTokens: decoding.promptTokens,
    responseTokens: decoding.maxNewTokens,
  });
  const shapes = policyShapes(config);
  const names = Object.keys(shapes);
  const generation = decodingProgram(config, decoding);
  const minibatch = sizes(settings.minibatchSize);
  const perToken: FeedSpec = {
    shape: [minibatch.batch * minibatch.responseTokens],
    dtype: 'float32',
  };
  return {
    variables: {
      ...weightVariables(shapes, POLICY),
      ...weightVariables(
        Object.fromEntries(
          Object.entries(bloomShapes(config)).map(([name, shape]) => [referenceName(name), shape]),
        ),
        REFERENCE,
      ),
      ...adamVariables(shapes),
      ...generation.variables,
    },
    signatures: {
      ...generation.signatures,
      score: {
        feeds: rolloutFeeds(minibatch),
        body: (scope) => {
          const policy: Weights = (name) => scope.variable(name);
          const reference: Weights = (name) => scope.variable(referenceName(name));
          const labels = scope.feed('labels');
          const hidden = responseHidden(policy, config, { scope, sizes: minibatch });
          const logits = responseLogits(policy, hidden, temperature);
          const referenceLogits = responseLogits(
            reference,
            responseHidden(reference, config, { scope, sizes: minibatch }),
            temperature,
          );
          return {
            logProbs: sparseCrossEntropy(logits, labels).neg(),
            referenceLogProbs: sparseCrossEntropy(referenceLogits, labels).neg(),
            values: valueHead(policy, hidden),
            entropy: entropyOf(logits),
          };
        },
      },
      train: {
        feeds: {
          ...rolloutFeeds(minibatch),
          responseMask: perToken,
          oldLogProbs: perToken,
          advantages: perToken,
          returns: perToken,
          oldValues: perToken,
          ...adamFeeds,
        },
        body: (scope) => {
          const mask = scope.feed('responseMask');
          const old = { logProbs: scope.feed('oldLogProbs'), values: scope.feed('oldValues') };
          const seen: Record<string, Tensor> = {};
          const { gradients } = namedGradients(names, scope, (weights) => {
            const hidden = responseHidden(weights, config, { scope, sizes: minibatch });
            const logProbs = sparseCrossEntropy(
              responseLogits(weights, hidden, temperature),
              scope.feed('labels'),
            ).neg();
            const values = valueHead(weights, hidden);
            const policy = policyLoss(logProbs, {
              oldLogProbs: old.logProbs,
              advantages: scope.feed('advantages'),
              mask,
              clipRange: settings.clipRange,
            });
            const value = valueLoss(values, {
              oldValues: old.values,
              returns: scope.feed('returns'),
              mask,
              clipRange: settings.valueClipRange,
            });
            const outside = (x: Tensor, range: number): Tensor =>
              tokenMean(tf.cast(tf.greater(x.abs(), range), 'float32'), mask);
            Object.assign(seen, {
              policyLoss: tf.keep(policy.loss),
              valueLoss: tf.keep(value),
              approximateKl: tf.keep(tokenMean(logProbs.sub(old.logProbs).square(), mask).mul(0.5)),
              clipFraction: tf.keep(outside(policy.ratio.sub(1), settings.clipRange)),
              valueClipFraction: tf.keep(outside(values.sub(old.values), settings.valueClipRange)),
              ratio: tf.keep(tokenMean(policy.ratio, mask)),
            });
            return policy.loss.add(value.mul(settings.valueCoefficient));
          });
          const norm = applyAdamW(scope, gradients, {
            settings,
            rateFactors: { 'value.': settings.valueRateFactor },
          });
          return { ...seen, norm };
        },
      },
    },
  };
}
