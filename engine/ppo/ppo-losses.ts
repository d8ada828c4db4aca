import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';

/** Mean over real tokens. Shapes: values and mask equal; a scalar. */
export function tokenMean(values: Tensor, mask: Tensor): Tensor {
  return values.mul(mask).sum().div(mask.sum());
}

/**
 * Clipped surrogate policy loss, averaged over response tokens.
 *
 * Shapes: logProbs, oldLogProbs, advantages, mask [n]; returns a scalar and the ratio [n].
 * Source: Schulman et al. 2017, arXiv:1707.06347, eq. 7. Differs: mean over tokens, not over episodes.
 */
export function policyLoss(
  logProbs: Tensor,
  options: { oldLogProbs: Tensor; advantages: Tensor; mask: Tensor; clipRange: number },
): { loss: Tensor; ratio: Tensor } {
  const ratio = tf.exp(logProbs.sub(options.oldLogProbs));
  const clipped = tf.clipByValue(ratio, 1 - options.clipRange, 1 + options.clipRange);
  const worse = tf.maximum(
    options.advantages.neg().mul(ratio),
    options.advantages.neg().mul(clipped),
  );
  return { loss: tokenMean(worse, options.mask), ratio };
}

/**
 * Clipped value loss, half the squared error, averaged over response tokens; not yet times its coefficient.
 *
 * Shapes: values, oldValues, returns, mask [n]; returns a scalar. Source: TRL 0.11.4 `PPOTrainer.loss`.
 */
export function valueLoss(
  values: Tensor,
  options: { oldValues: Tensor; returns: Tensor; mask: Tensor; clipRange: number },
): Tensor {
  const { oldValues, returns, mask, clipRange } = options;
  const clipped = tf.maximum(
    tf.minimum(values, oldValues.add(clipRange)),
    oldValues.sub(clipRange),
  );
  const worse = tf.maximum(values.sub(returns).square(), clipped.sub(returns).square());
  return tokenMean(worse, mask).mul(0.5);
}
