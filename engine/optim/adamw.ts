import type { PretrainSettings } from '../../recipe/sections/training.js';
import type { FeedSpec, Scope, Values, VariableSpec } from '../graph/program.js';
import type { Weights } from '../model/lora.js';
import { tf, type Tensor } from '../tensor.js';

export type AdamSettings = Pick<
  PretrainSettings,
  'adamBeta1' | 'adamBeta2' | 'adamEpsilon' | 'weightDecay' | 'clipNorm'
>;

/** Group of the moments' variables. */
export const MOMENTS = 'moments';

const firstMoment = (name: string): string => `adam.first.${name}`;
const secondMoment = (name: string): string => `adam.second.${name}`;

/** Two moments for every trained weight, float32 and of its shape. */
export function adamVariables(shapes: Record<string, number[]>): Record<string, VariableSpec> {
  return Object.fromEntries(
    Object.entries(shapes).flatMap(([name, shape]) => [
      [firstMoment(name), { shape, group: MOMENTS }],
      [secondMoment(name), { shape, group: MOMENTS }],
    ]),
  );
}

/** Feeds of a step: what depends on the step's number and learning rate. */
export const adamFeeds: Record<string, FeedSpec> = {
  'adam.stepSize': { shape: [], dtype: 'float32' },
  'adam.epsilon': { shape: [], dtype: 'float32' },
  'adam.decay': { shape: [], dtype: 'float32' },
};

/**
 * Values of {@link adamFeeds}.
 *
 * Units: `stepNumber` counts from 1. Written so that the fused operation, which adds epsilon before the bias
 * correction, gives PyTorch's form, which adds it after: epsilon is scaled by sqrt(1 - beta2^t).
 * Example: step 1, rate 0.001, betas 0.9 and 0.99, epsilon 1e-8: step size 0.001 * 0.1 / 0.1, epsilon 1e-9.
 * Source: Loshchilov and Hutter 2019, arXiv:1711.05101; torch.optim.AdamW.
 */
export function adamValues(
  stepNumber: number,
  learningRate: number,
  settings: AdamSettings,
): Values {
  const correction = Math.sqrt(1 - settings.adamBeta2 ** stepNumber);
  return {
    'adam.stepSize': Float32Array.of(
      (learningRate * correction) / (1 - settings.adamBeta1 ** stepNumber),
    ),
    'adam.epsilon': Float32Array.of(settings.adamEpsilon * correction),
    'adam.decay': Float32Array.of(learningRate * settings.weightDecay),
  };
}

/** True for weights that decay: matrices, not biases and norms, as the Hugging Face Trainer has it. */
export function decays(name: string): boolean {
  return !name.endsWith('bias') && !name.includes('layernorm') && !name.includes('ln_f');
}

/**
 * Clips the gradients to a global norm and takes one AdamW step.
 *
 * `rateFactors` multiplies the learning rate of weights whose name begins with a key.
 * Returns the norm before clipping, a scalar.
 * Source: torch `clip_grad_norm_` (factor clip / (norm + 1e-6), at most 1).
 */
export function applyAdamW(
  scope: Scope,
  gradients: Record<string, Tensor>,
  options: { settings: AdamSettings; rateFactors?: Record<string, number> },
): Tensor {
  const { settings } = options;
  const squares = Object.values(gradients).map((gradient) => gradient.square().sum());
  const norm = tf.addN<Tensor>(squares).sqrt();
  const factor = tf.minimum(tf.div(settings.clipNorm, norm.add(1e-6)), 1);
  for (const [name, gradient] of Object.entries(gradients)) {
    const [, rate = 1] =
      Object.entries(options.rateFactors ?? {}).find(([prefix]) => name.startsWith(prefix)) ?? [];
    const scaled = (feed: string): Tensor =>
      rate === 1 ? scope.feed(feed) : scope.feed(feed).mul(rate);
    scope.applyAdam(name, {
      gradient: gradient.mul(factor),
      firstMoment: firstMoment(name),
      secondMoment: secondMoment(name),
      stepSize: scaled('adam.stepSize'),
      epsilon: scope.feed('adam.epsilon'),
      decay: settings.weightDecay > 0 && decays(name) ? scaled('adam.decay') : undefined,
      beta1: settings.adamBeta1,
      beta2: settings.adamBeta2,
    });
  }
  return norm;
}

/** Gradients of a scalar with respect to named weights. */
export function namedGradients(
  names: string[],
  scope: Scope,
  loss: (weights: Weights) => Tensor,
): { value: Tensor; gradients: Record<string, Tensor> } {
  const run = (...values: Tensor[]): Tensor => {
    const lookUp = (name: string): Tensor => values[names.indexOf(name)] ?? scope.variable(name);
    return loss(Object.assign(lookUp, { trained: names }));
  };
  const { value, grads } = tf.valueAndGrads(run)(names.map((name) => scope.variable(name)));
  return {
    value,
    gradients: Object.fromEntries(names.map((name, index) => [name, grads[index]!])),
  };
}
