import type { PpoSettings } from '../../recipe/sections/ppo.js';
import { sparseCrossEntropy } from '../graph/operations.js';
import type { FeedSpec, Program, Scope, Session, Signature } from '../graph/program.js';
import { finalNorm, languageHead, runBlocks, startTrunk, type TrunkState } from '../model/bloom.js';
import type { Weights } from '../model/lora.js';
import { decodingProgram } from '../model/decoding.js';
import type { DecodingShape } from '../model/decoding-state.js';
import { firstValueHead, valueHead, valueHeadShapes } from '../model/heads.js';
import { POLICY } from '../model/language-model.js';
import {
  splitVariables,
  splitWeights,
  weightVariables,
  withAdapters,
  type TrainableSplit,
} from '../model/trainable-split.js';
import { adamVariables, namedGradients } from '../optim/adamw.js';
import { gradientVariables, stepSignatures, type OptimiserStep } from '../optim/optimiser-step.js';
import { tf, type Tensor } from '../tensor.js';
import { loadSplitModel } from '../training/split-model.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { loadWeights } from '../weights/session-weights.js';
import { policyLoss, tokenMean, valueLoss } from './ppo-losses.js';
import { responseSizes } from './rollouts.js';

/** Group of the frozen reference's weights. */
const REFERENCE = 'reference';
/** Variable of the reference that belongs to a weight of the policy. */
const referenceName = (name: string): string => `reference.${name}`;

/** Which weights PPO trains; the value head always. */
export function splitPolicy(
  config: BloomConfig,
  settings: Pick<PpoSettings, 'trainTopBlocks' | 'lora'>,
): TrainableSplit {
  return splitWeights(config, settings, valueHeadShapes(config));
}

/** Weights that the reference has of its own: those of the model that training changes. */
function referenceShapes({ trained }: TrainableSplit): Record<string, number[]> {
  const own = Object.entries(trained).filter(
    ([name]) => name.startsWith('transformer.') && !name.includes('.lora_'),
  );
  return Object.fromEntries(own);
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

/** Hidden states that predict the response tokens, going on from `state`. Shapes: returns [batch * response, hidden]. */
function responseHidden(
  weights: Weights,
  config: BloomConfig,
  options: { state: TrunkState; sizes: Sizes; recompute?: boolean },
): Tensor {
  const { batch, promptTokens, responseTokens } = options.sizes;
  const { x } = runBlocks(weights, config, { ...options, until: config.n_layer });
  return finalNorm(weights, x, config)
    .reshape([batch, promptTokens + responseTokens, config.hidden_size])
    .slice([0, promptTokens - 1, 0], [-1, responseTokens, -1])
    .reshape([batch * responseTokens, config.hidden_size]);
}

/** The trunk of a rollout's tokens before its first block. */
function startOf(weights: Weights, config: BloomConfig, scope: Scope): TrunkState {
  return startTrunk(weights, config, { ids: scope.feed('ids'), mask: scope.feed('mask') });
}

/** Logits of the response tokens, divided by the sampling temperature as everywhere. */
function responseLogits(weights: Weights, hidden: Tensor, temperature: number): Tensor {
  return languageHead(weights, hidden).div(temperature);
}

/** Entropy of each row's distribution, nats. Shapes: logits [n, vocab]; returns [n]. */
function entropyOf(logits: Tensor): Tensor {
  return tf.logSumExp(logits, -1).sub(tf.softmax(logits).mul(logits).sum(-1));
}

interface PpoShape {
  config: BloomConfig;
  settings: PpoSettings;
  split: TrainableSplit;
  temperature: number;
  /** Of one call. */
  sizes: Sizes;
}

/**
 * Log-probabilities of policy and reference, values and entropy of finished rollouts.
 *
 * The reference is the policy without adapters, or with its own copies of what is trained; frozen blocks run once for both.
 */
function scoreSignature({ config, split, temperature, sizes }: PpoShape): Signature {
  const copies = referenceShapes(split);
  return {
    feeds: rolloutFeeds(sizes),
    body: (scope) => {
      const policy = withAdapters((name) => scope.variable(name), split);
      const reference: Weights = (name) =>
        scope.variable(name in copies ? referenceName(name) : name);
      const labels = scope.feed('labels');
      const shared =
        split.firstBlock !== undefined &&
        runBlocks(reference, config, {
          state: startOf(reference, config, scope),
          until: split.firstBlock,
        });
      const hiddenOf = (weights: Weights): Tensor => {
        const state = shared || startOf(weights, config, scope);
        return responseHidden(weights, config, { state, sizes });
      };
      const hidden = hiddenOf(policy);
      const logits = responseLogits(policy, hidden, temperature);
      const referenceLogits = responseLogits(reference, hiddenOf(reference), temperature);
      return {
        logProbs: sparseCrossEntropy(logits, labels).neg(),
        referenceLogProbs: sparseCrossEntropy(referenceLogits, labels).neg(),
        values: valueHead(policy, hidden),
        entropy: entropyOf(logits),
      };
    },
  };
}

/** One optimiser step on a minibatch, or on a part of it. */
function trainSignatures(shape: PpoShape, step: OptimiserStep): Record<string, Signature> {
  const { config, settings, split, temperature, sizes } = shape;
  const perToken: FeedSpec = { shape: [sizes.batch * sizes.responseTokens], dtype: 'float32' };
  const body = (scope: Scope, count: (own: () => Tensor) => Tensor) => {
    const mask = scope.feed('responseMask');
    const tokens = { mask, count: count(() => mask.sum()) };
    const old = { logProbs: scope.feed('oldLogProbs'), values: scope.feed('oldValues') };
    const seen: Record<string, Tensor> = {};
    const { gradients } = namedGradients(Object.keys(split.trained), scope, (trained) => {
      const weights = withAdapters(trained, split);
      const hidden = responseHidden(weights, config, {
        state: startOf(weights, config, scope),
        sizes,
        recompute: settings.recompute,
      });
      const logits = responseLogits(weights, hidden, temperature);
      const logProbs = sparseCrossEntropy(logits, scope.feed('labels')).neg();
      const values = valueHead(weights, hidden);
      const policy = policyLoss(logProbs, {
        oldLogProbs: old.logProbs,
        advantages: scope.feed('advantages'),
        tokens,
        clipRange: settings.clipRange,
      });
      const value = valueLoss(values, {
        oldValues: old.values,
        returns: scope.feed('returns'),
        tokens,
        clipRange: settings.valueClipRange,
      });
      const outside = (x: Tensor, range: number): Tensor =>
        tokenMean(tf.cast(tf.greater(x.abs(), range), 'float32'), tokens);
      Object.assign(seen, {
        policyLoss: tf.keep(policy.loss),
        valueLoss: tf.keep(value),
        approximateKl: tf.keep(tokenMean(logProbs.sub(old.logProbs).square(), tokens).mul(0.5)),
        clipFraction: tf.keep(outside(policy.ratio.sub(1), settings.clipRange)),
        valueClipFraction: tf.keep(outside(values.sub(old.values), settings.valueClipRange)),
        ratio: tf.keep(tokenMean(policy.ratio, tokens)),
      });
      return policy.loss.add(value.mul(settings.valueCoefficient));
    });
    return { gradients, outputs: seen };
  };
  const ofTokens = ['responseMask', 'oldLogProbs', 'advantages', 'returns', 'oldValues'];
  const feeds = {
    ...rolloutFeeds(sizes),
    ...Object.fromEntries(ofTokens.map((name) => [name, perToken])),
  };
  return stepSignatures(step, { key: `/${sizes.responseTokens}`, feeds, body });
}

/**
 * Everything PPO runs, over one set of weights: `prefill` and `decode` (rollouts), and for each of the `responseSizes`
 * `score/<size>` and the signatures of `stepSignatures` with keys `/<size>` (one optimiser step on a minibatch).
 *
 * Rollouts are left-padded prompts and right-padded responses, so that responses stand in the same columns.
 */
export function ppoProgram(
  config: BloomConfig,
  options: { settings: PpoSettings; decoding: DecodingShape; temperature: number },
): Program {
  const { settings, decoding } = options;
  const split = splitPolicy(config, settings);
  const shapeOf = (responseTokens: number): PpoShape => ({
    ...options,
    config,
    split,
    sizes: {
      batch: settings.minibatchSize / settings.gradientAccumulationSteps,
      promptTokens: decoding.promptTokens,
      responseTokens,
    },
  });
  const step: OptimiserStep = {
    trained: split.trained,
    settings,
    rateFactors: { 'value.': settings.valueRateFactor },
    gradientAccumulationSteps: settings.gradientAccumulationSteps,
  };
  const references = Object.fromEntries(
    Object.entries(referenceShapes(split)).map(([name, size]) => [referenceName(name), size]),
  );
  const generation = decodingProgram({ config, shape: decoding, split });
  const signatures = { ...generation.signatures };
  for (const size of responseSizes(decoding.maxNewTokens)) {
    signatures[`score/${size}`] = scoreSignature(shapeOf(size));
    Object.assign(signatures, trainSignatures(shapeOf(size), step));
  }
  return {
    variables: {
      ...splitVariables(split, POLICY),
      ...weightVariables(references, REFERENCE),
      ...adamVariables(split.trained),
      ...gradientVariables(step),
      ...generation.variables,
    },
    signatures,
  };
}

/** Sets policy and reference to the fine-tuned model, with a new value head and, where asked for, new adapters. */
export function loadPolicy(
  session: Session,
  program: Program,
  options: { split: TrainableSplit; config: BloomConfig; folder: string; seed: number },
): void {
  const { split, config, folder, seed } = options;
  const heads = firstValueHead(config, seed);
  loadSplitModel(session, program, { split, group: POLICY, folder, heads, seed });
  const copies = referenceShapes(split);
  if (Object.keys(copies).length > 0)
    loadWeights(session, REFERENCE, {
      folder,
      rename: (name) => (name in copies ? referenceName(name) : undefined),
    });
}
