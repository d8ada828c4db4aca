import { tf, type Tensor } from '../tensor.js';

/** Added where a query must not look; far below any score, and finite, so that fully masked rows stay numbers. */
export const MASKED = -1e9;

/**
 * One slope a head, also for head counts that are no power of two.
 *
 * Source: transformers `build_alibi_tensor`; Press et al. 2021, arXiv:2108.12409.
 */
export function alibiSlopes(headCount: number): number[] {
  const closest = 2 ** Math.floor(Math.log2(headCount));
  const base = 2 ** -(2 ** -(Math.log2(closest) - 3));
  const slopes = Array.from({ length: closest }, (_, index) => base ** (index + 1));
  const extraBase = 2 ** -(2 ** -(Math.log2(2 * closest) - 3));
  const extra = Array.from(
    { length: headCount - closest },
    (_, index) => extraBase ** (2 * index + 1),
  );
  return [...slopes, ...extra];
}

/** Place of each token among the real ones, 0 at padding. Shapes: mask [batch, seq]; returns the same. */
export function keyPositions(mask: Tensor): Tensor {
  return tf.cumsum(mask, -1).sub(1).mul(mask);
}

/**
 * What is added to attention scores: ALiBi, and a large negative number where a key is padding or in the future.
 *
 * Shapes: positions and mask [batch, seq]; returns [batch * heads, seq, seq].
 */
export function attentionBias(positions: Tensor, mask: Tensor, slopes: number[]): Tensor {
  const [batch = 1, seq = 1] = mask.shape;
  const causal = new Float32Array(seq * seq);
  for (let query = 0; query < seq; query += 1)
    for (let key = query + 1; key < seq; key += 1) causal[query * seq + key] = MASKED;
  const keys = alibiRow(positions, mask, slopes).reshape([batch * slopes.length, 1, seq]);
  return keys.add(tf.tensor(causal, [1, seq, seq]));
}

/** ALiBi and padding for every key, whatever the query. Shapes: positions, mask [batch, keys]; returns [batch * heads, 1, keys]. */
export function alibiRow(positions: Tensor, mask: Tensor, slopes: number[]): Tensor {
  const [batch = 1, keys = 1] = mask.shape;
  const slope = tf.tensor(slopes, [1, slopes.length, 1]);
  const padding = tf.sub(1, mask).mul(MASKED).reshape([batch, 1, keys]);
  return positions
    .reshape([batch, 1, keys])
    .mul(slope)
    .add(padding)
    .reshape([batch * slopes.length, 1, keys]);
}
