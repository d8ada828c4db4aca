import type { TokenRow } from '../prompts/template.js';

/** Lengths are padded to the next of these steps, so that few graphs serve all batches. */
const BUCKET = 16;

/** The bucket of a length: the next multiple of 16, at most `maxTokens`. */
export function bucketLength(length: number, maxTokens: number): number {
  return Math.min(Math.ceil(Math.max(length, 1) / BUCKET) * BUCKET, maxTokens);
}

/** The bucket that holds the longest of a batch's rows. */
export function bucketOfRows(rows: readonly TokenRow[], maxTokens: number): number {
  return bucketLength(Math.max(...rows.map((row) => row.ids.length)), maxTokens);
}

/** Every bucket that rows of these lengths can need, rising. */
export function bucketLengths(lengths: Iterable<number>, maxTokens: number): number[] {
  return [...new Set(Array.from(lengths, (length) => bucketLength(length, maxTokens)))].sort(
    (a, b) => a - b,
  );
}

/** Every bucket there is up to `maxTokens`, rising. */
export function everyBucket(maxTokens: number): number[] {
  return bucketLengths(
    Array.from({ length: maxTokens }, (_, index) => index + 1),
    maxTokens,
  );
}

/**
 * Rows as one right-padded batch.
 *
 * Shapes: ids int32 and mask float32 [rows, length]; labels int32 and lossWeight float32 [rows * length], where position t
 * holds the token at t + 1 and whether the loss counts it.
 * @throws Error if a row is longer than `length`.
 */
export function packRows(
  rows: readonly TokenRow[],
  length: number,
  padId: number,
): Record<'ids' | 'labels', Int32Array> & Record<'mask' | 'lossWeight', Float32Array> {
  const size = rows.length * length;
  const ids = new Int32Array(size).fill(padId);
  const mask = new Float32Array(size);
  const labels = new Int32Array(size);
  const lossWeight = new Float32Array(size);
  rows.forEach((row, index) => {
    if (row.ids.length > length)
      throw new Error(`row of ${row.ids.length} tokens in a batch of length ${length}`);
    const start = index * length;
    ids.set(row.ids, start);
    mask.fill(1, start, start + row.ids.length);
    for (let t = 0; t + 1 < row.ids.length; t += 1) {
      labels[start + t] = row.ids[t + 1]!;
      lossWeight[start + t] = row.counted[t + 1]!;
    }
  });
  return { ids, mask, labels, lossWeight };
}

/** How many predictions of these rows the loss counts; a row's first token is predicted by none. */
export function countedTokens(rows: readonly TokenRow[]): number {
  return rows.reduce(
    (total, row) => row.counted.slice(1).reduce((sum, counts) => sum + counts, total),
    0,
  );
}
