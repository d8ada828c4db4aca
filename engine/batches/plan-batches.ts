import { InputInvalidError } from '../../files/input-invalid-error.js';
import { PassDraw, permutation } from '../../text/random.js';

/** Lengths are padded to the next of these steps, so that few graphs serve all batches. */
const BUCKET = 16;

/** Batches whose rows are sorted together by length: rows differ little in length, and order stays random. */
const POOL = 16;

/** The bucket of a length: the next multiple of 16, at most `maxTokens`. */
export function bucketLength(length: number, maxTokens: number): number {
  return Math.min(Math.ceil(Math.max(length, 1) / BUCKET) * BUCKET, maxTokens);
}

/** Every bucket that rows of these lengths can need, rising. */
export function bucketLengths(lengths: Iterable<number>, maxTokens: number): number[] {
  return [...new Set(Array.from(lengths, (length) => bucketLength(length, maxTokens)))].sort(
    (a, b) => a - b,
  );
}

/** Every bucket there is up to `maxTokens`, rising. */
export function everyBucket(maxTokens: number): number[] {
  const lengths = Array.from({ length: maxTokens }, (_, index) => index + 1);
  return bucketLengths(lengths, maxTokens);
}

/**
 * Row indices of each batch of one pass over the data, in an order that depends on the keys alone.
 *
 * All batches are full: the last rows of the pass that fill no batch are left out (another pass has another order).
 * @throws InputInvalidError if there are fewer rows than one batch needs.
 */
export function planBatches(
  lengths: readonly number[],
  batchSize: number,
  keys: readonly number[],
): number[][] {
  if (lengths.length < batchSize) {
    throw new InputInvalidError(
      `expected at least ${batchSize} rows (one batch), found ${lengths.length}: lower batchSize or collect more`,
    );
  }
  const order = permutation(lengths.length, ...keys, PassDraw.rows);
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += POOL * batchSize) {
    const pool = order
      .slice(start, start + POOL * batchSize)
      .sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    for (let from = 0; from + batchSize <= pool.length; from += batchSize)
      batches.push(pool.slice(from, from + batchSize));
  }
  return permutation(batches.length, ...keys, PassDraw.batches).map((index) => batches[index]!);
}
