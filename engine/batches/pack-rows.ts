import type { Values } from '../graph/program.js';
import type { TokenRow } from '../prompts/template.js';

/**
 * Rows as one right-padded batch.
 *
 * Shapes: ids int32 and mask float32 [rows, length]; labels int32 and lossWeight float32 [rows * length], where position t
 * holds the token at t + 1 and whether the loss counts it.
 * @throws Error if a row is longer than `length`.
 */
export function packRows(rows: readonly TokenRow[], length: number, padId: number): Values {
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
