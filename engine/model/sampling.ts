import { argMaxLast, gatherRows } from '../graph/operations.js';
import { tf, type Tensor } from '../tensor.js';

/** What is fixed when a graph is written; the temperature itself is a feed. */
export interface SamplingShape {
  greedy: boolean;
  /** 0 = all. */
  topK: number;
  topP: number;
}

/** A vocabulary's cumulative sum is taken over blocks of this many, then within one. */
const BLOCK = 64;

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
  if (shape.greedy || shape.topK === 1) return argMaxLast(logits);
  const vocab = logits.shape.at(-1)!;
  if (shape.topK === 0 && shape.topP >= 1)
    return invert(tf.softmax(logits.div(draw.temperature)), draw.uniform);
  const kept = shape.topK > 0 ? Math.min(shape.topK, vocab) : vocab;
  // A positive temperature keeps the order, so the few kept are divided instead of all.
  const { values, indices } = tf.topk(logits, kept, true);
  const probabilities = tf.softmax(values.div(draw.temperature));
  const before = tf.cumsum(probabilities, -1).sub(probabilities);
  const filtered =
    shape.topP < 1
      ? probabilities.mul(tf.cast(tf.less(before, shape.topP), 'float32'))
      : probabilities;
  return pick(indices, invert(filtered, draw.uniform));
}

/** One value a row by its place. Shapes: values int32 [batch, n], places int32 [batch]; returns int32 [batch]. */
function pick(values: Tensor, places: Tensor): Tensor {
  return tf.oneHot(places, values.shape[1]!, 1, 0, 'int32').mul(values).sum(-1);
}

/** First index whose cumulative mass passes `uniform` times the whole. Shapes: masses [batch, n], uniform [batch]; int32 [batch]. */
function invert(masses: Tensor, uniform: Tensor): Tensor {
  const [batch, count] = masses.shape as [number, number];
  if (count <= 4 * BLOCK) return passed(masses, uniform.reshape([-1, 1]).mul(masses.sum(-1, true)));
  const blocks = Math.ceil(count / BLOCK);
  const padded = tf.pad<Tensor>(masses, [
    [0, 0],
    [0, blocks * BLOCK - count],
  ]);
  const inBlocks = padded.reshape([batch * blocks, BLOCK]);
  const sums = inBlocks.sum(-1).reshape([batch, blocks]);
  const target = uniform.reshape([-1, 1]).mul(sums.sum(-1, true));
  const block = passed(sums, target);
  const before = tf.cumsum(sums, -1, true);
  const chosen = tf.oneHot(block, blocks, 1, 0, 'float32');
  const firstOfRow = tf.tensor1d(
    Array.from({ length: batch }, (_, row) => row * blocks),
    'int32',
  );
  const within = passed(
    gatherRows(inBlocks, block.add(firstOfRow)),
    target.sub(before.mul(chosen).sum(-1, true)),
  );
  return block.mul(tf.scalar(BLOCK, 'int32')).add(within);
}

/** First index whose cumulative mass is above `target`, at most the last one with mass. Shapes: masses [batch, n], target [batch, 1]; int32 [batch]. */
function passed(masses: Tensor, target: Tensor): Tensor {
  const last = masses.shape[1]! - 1;
  const cumulative = tf.cumsum(masses, -1);
  const total = cumulative.slice([0, last], [-1, 1]);
  const isBefore = tf.logicalAnd(tf.lessEqual(cumulative, target), tf.less(cumulative, total));
  return tf.cast(isBefore, 'int32').sum(-1);
}

/**
 * Makes tokens that were seen less likely: positive logits are divided by the penalty, others multiplied.
 *
 * Shapes: logits [batch, vocab], seen int32 [batch, n] in 0..vocab-1, twice the same counting once; returns as logits.
 * Source: transformers RepetitionPenaltyLogitsProcessor.
 */
export function penaliseRepeats(logits: Tensor, seen: Tensor, penalty: number): Tensor {
  const [batch, vocab] = logits.shape as [number, number];
  const firstOfRow = tf.tensor2d(
    Array.from({ length: batch }, (_, row) => row * vocab),
    [batch, 1],
    'int32',
  );
  const places = seen.add(firstOfRow).reshape([-1]);
  const flat = logits.reshape([batch * vocab, 1]);
  const values = gatherRows(flat, places);
  const penalised = tf.where(tf.greater(values, 0), values.div(penalty), values.mul(penalty));
  return tf.tensorScatterUpdate(flat, places.reshape([-1, 1]), penalised).reshape([batch, vocab]);
}
