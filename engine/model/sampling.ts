import { argMaxLast } from '../graph/operations.js';
import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';

/** What is fixed when a graph is written; the temperature itself is a feed. */
export interface SamplingShape {
  greedy: boolean;
  /** 0 = all. */
  topK: number;
  topP: number;
}

/**
 * Draws one token a row by inverting the cumulative distribution at a number in [0, 1).
 *
 * Shapes: logits [batch, vocab], uniform [batch], temperature scalar; returns int32 [batch]. One number a row makes the
 * choice a function of the row alone.
 * Source: transformers' TemperatureLogitsWarper, TopKLogitsWarper and TopPLogitsWarper, in that order.
 */
export function sampleTokens(
  logits: Tensor,
  draw: { uniform: Tensor; temperature: Tensor },
  shape: SamplingShape,
): Tensor {
  if (shape.greedy) return argMaxLast(logits);
  const vocab = logits.shape.at(-1)!;
  const scaled = logits.div(draw.temperature);
  if (shape.topK === 0 && shape.topP >= 1) return invert(tf.softmax(scaled), draw.uniform);
  const kept = shape.topK > 0 ? Math.min(shape.topK, vocab) : vocab;
  const { values, indices } = tf.topk(scaled, kept, true);
  const probabilities = tf.softmax(values);
  const before = tf.cumsum(probabilities, -1).sub(probabilities);
  const filtered =
    shape.topP < 1
      ? probabilities.mul(tf.cast(tf.less(before, shape.topP), 'float32'))
      : probabilities;
  const place = invert(filtered, draw.uniform);
  const chosen = tf.oneHot(place, kept, 1, 0, 'int32');
  return chosen.mul(indices).sum(-1);
}

/** First index whose cumulative mass passes `uniform` times the whole. Shapes: masses [batch, n], uniform [batch]; int32 [batch]. */
function invert(masses: Tensor, uniform: Tensor): Tensor {
  const cumulative = tf.cumsum(masses, -1);
  const total = cumulative.slice([0, masses.shape[1]! - 1], [-1, 1]);
  const passed = tf.lessEqual(cumulative, uniform.reshape([-1, 1]).mul(total));
  return tf.minimum(tf.cast(passed, 'int32').sum(-1), tf.scalar(masses.shape[1]! - 1, 'int32'));
}

/**
 * Makes tokens that were seen less likely: positive logits are divided by the penalty, negative ones multiplied.
 *
 * Shapes: logits and seen (1 = seen) [batch, vocab]. Source: transformers RepetitionPenaltyLogitsProcessor.
 */
export function penaliseRepeats(logits: Tensor, seen: Tensor, penalty: number): Tensor {
  const factor = tf.where(
    tf.greater(logits, 0),
    tf.fill(logits.shape, 1 / penalty),
    tf.fill(logits.shape, penalty),
  );
  return logits.mul(seen.mul(factor.sub(1)).add(1));
}
