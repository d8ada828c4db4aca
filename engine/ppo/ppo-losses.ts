import { tf, type Tensor } from '../tensor.js';

/** The real tokens of a call, and how many the whole optimiser step has. */
export interface RealTokens {
  /** 1 = real token, [n] */
  mask: Tensor;
  /** A scalar. */
  count: Tensor;
}

/** Sum over real tokens, divided by the step's count: the mean when the call holds the whole step. Shapes: values [n]; a scalar. */
export function tokenMean(values: Tensor, tokens: RealTokens): Tensor {
  return values.mul(tokens.mask).sum().div(tokens.count);
}

/**
 * Clipped surrogate policy loss, averaged over response tokens.
 *
 * Shapes: logProbs, oldLogProbs, advantages [n]; returns a scalar and the ratio [n].
 * Example: ratio 1.5, advantage 2, clipRange 0.2, one token: -2 * 1.2 = -2.4; with advantage -2 it is 2 * 1.5 = 3.
 * Source: Schulman et al. 2017, arXiv:1707.06347, eq. 7. Differs: mean over tokens, not over episodes.
 */
export function policyLoss(
  logProbs: Tensor,
  options: { oldLogProbs: Tensor; advantages: Tensor; tokens: RealTokens; clipRange: number },
): { loss: Tensor; ratio: Tensor } {
  const ratio = tf.exp(logProbs.sub(options.oldLogProbs));
  const clipped = tf.clipByValue(ratio, 1 - options.clipRange, 1 + options.clipRange);
  const worse = tf.maximum(
    options.advantages.neg().mul(ratio),
    options.advantages.neg().mul(clipped),
  );
  return { loss: tokenMean(worse, options.tokens), ratio };
}

/**
 * Clipped value loss, half the squared error, averaged over response tokens; not yet times its coefficient.
 *
 * Shapes: values, oldValues, returns [n]; returns a scalar.
 * Example: value 1, old value 0, return 1, clipRange 0.2, one token: (0.2 - 1)^2 / 2 = 0.32, the worse of 0 and 0.64 halved.
 * Source: TRL 0.11.4 `PPOTrainer.loss`.
 */
export function valueLoss(
  values: Tensor,
  options: { oldValues: Tensor; returns: Tensor; tokens: RealTokens; clipRange: number },
): Tensor {
  const { oldValues, returns, tokens, clipRange } = options;
  const clipped = tf.maximum(
    tf.minimum(values, oldValues.add(clipRange)),
    oldValues.sub(clipRange),
  );
  const worse = tf.maximum(values.sub(returns).square(), clipped.sub(returns).square());
  return tokenMean(worse, tokens).mul(0.5);
}
