import type { PpoSettings } from '../../recipe/sections/ppo.js';

/** Numbers of a batch of responses, row-major [rows, length]; `mask` is 1 where a real response token stands. */
export interface ResponseGrid {
  rows: number;
  length: number;
  mask: Float32Array;
}

/**
 * Reward of each token: the KL penalty, and the score on the last real token.
 *
 * Shapes: logProbs, referenceLogProbs [rows, length], scores [rows]; returns [rows, length]. Units: nats; `coefficient` is the KL's.
 * Example: log-probabilities -1, -2 against a reference's -1.5, -2, score 3, coefficient 0.1: rewards -0.05, 3.
 * Source: TRL 0.11.4 `compute_rewards`; Ziegler et al. 2019, arXiv:1909.08593, eq. 2.
 */
export function tokenRewards(
  grid: ResponseGrid,
  values: {
    logProbs: Float32Array;
    referenceLogProbs: Float32Array;
    scores: readonly number[];
    coefficient: number;
  },
): Float32Array {
  const rewards = new Float32Array(grid.rows * grid.length);
  for (let row = 0; row < grid.rows; row += 1) {
    let last = -1;
    for (let t = 0; t < grid.length; t += 1) {
      const index = row * grid.length + t;
      if (grid.mask[index] !== 1) continue;
      rewards[index] =
        -values.coefficient * (values.logProbs[index]! - values.referenceLogProbs[index]!);
      last = index;
    }
    if (last >= 0) rewards[last]! += values.scores[row]!;
  }
  return rewards;
}

/**
 * The KL coefficient after a batch of rollouts.
 *
 * Units: `kl` nats a text, `rolloutCount` texts. The relative error is clipped to +-0.2.
 * Example: coefficient 0.1, kl 6 with target 5, 50 texts, horizon 100: 0.1 (1 + 0.2 * 50 / 100) = 0.11.
 * Source: Ziegler et al. 2019, arXiv:1909.08593, section 2.2; trlx `AdaptiveKLController`.
 */
export function nextCoefficient(
  coefficient: number,
  observed: { kl: number; rolloutCount: number },
  settings: Omit<PpoSettings['kl'], 'stopAt'>,
): number {
  if (settings.target === null) return coefficient;
  const error = Math.min(Math.max(observed.kl / settings.target - 1, -0.2), 0.2);
  return Math.max(
    settings.minCoefficient,
    coefficient * (1 + (error * observed.rolloutCount) / settings.horizon),
  );
}

/**
 * Advantages by generalised advantage estimation, and the returns they imply.
 *
 * Shapes: rewards, values [rows, length]; returns two of the same, not whitened.
 * Example: rewards 0, 1, values 0.5, 0.5, gamma 1, lambda 0.5: advantages 0.25, 0.5, returns 0.75, 1.
 * Source: Schulman et al. 2016, arXiv:1506.02438, eq. 16; TRL 0.11.4 `compute_advantages`.
 */
export function estimateAdvantages(
  grid: ResponseGrid,
  options: { rewards: Float32Array; values: Float32Array; gamma: number; lambda: number },
): { advantages: Float32Array; returns: Float32Array } {
  const { gamma, lambda } = options;
  const advantages = new Float32Array(grid.rows * grid.length);
  const returns = new Float32Array(grid.rows * grid.length);
  for (let row = 0; row < grid.rows; row += 1) {
    let following = 0;
    let nextValue = 0;
    for (let t = grid.length - 1; t >= 0; t -= 1) {
      const index = row * grid.length + t;
      const mask = grid.mask[index]!;
      const value = options.values[index]! * mask;
      const delta = options.rewards[index]! * mask + gamma * nextValue - value;
      following = delta + gamma * lambda * following;
      advantages[index] = following;
      returns[index] = following + value;
      nextValue = value;
    }
  }
  return { advantages, returns };
}

/** Added to the variance before the root, as TRL has it. */
const WHITEN_EPSILON = 1e-8;

/**
 * Values with mean 0 and variance 1 over the real tokens; padding is shifted along and must stay masked.
 *
 * The variance is the unbiased one. Example: 1, 3 become -1 / sqrt(2), 1 / sqrt(2). Source: TRL 0.11.4 `masked_whiten`.
 */
export function whiten(values: Float32Array, mask: Float32Array): Float32Array {
  const mean = maskedMean(values, mask);
  const count = mask.reduce((sum, value) => sum + value, 0);
  const squares = maskedVariance(values, mask);
  const variance = count > 1 ? (squares * count) / (count - 1) : squares;
  const scale = 1 / Math.sqrt(variance + WHITEN_EPSILON);
  return values.map((value) => (value - mean) * scale);
}

/** Mean over the entries whose mask is 1; 0 when there are none. */
export function maskedMean(values: Float32Array, mask: Float32Array): number {
  let sum = 0;
  let count = 0;
  for (const [index, value] of values.entries()) {
    sum += value * mask[index]!;
    count += mask[index]!;
  }
  return count === 0 ? 0 : sum / count;
}

function maskedVariance(values: Float32Array, mask: Float32Array): number {
  const mean = maskedMean(values, mask);
  const squares = values.map((value) => (value - mean) ** 2);
  return maskedMean(squares, mask);
}

/** Share of the returns' variance that the values explain, at most 1. */
export function explainedVariance(
  values: Float32Array,
  returns: Float32Array,
  mask: Float32Array,
): number {
  const total = maskedVariance(returns, mask);
  const rest = returns.map((value, index) => value - values[index]!);
  return total === 0 ? 0 : 1 - maskedVariance(rest, mask) / total;
}
