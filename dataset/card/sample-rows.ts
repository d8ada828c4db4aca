import type { CardSample } from '../../contracts/data-card.js';
import { keyOf } from '../../text/random.js';

/** A few rows of many. */
export interface RowSample {
  add(row: CardSample): void;
  /** In the order of their hashes. */
  rows(): CardSample[];
}

/**
 * Keeps the `size` rows with the smallest hashes: the same rows whatever the order in which they come.
 *
 * Source: bottom-k sampling, Cohen and Kaplan 2007.
 */
export function sampleRows(size: number): RowSample {
  const kept: { hash: number; text: string; row: CardSample }[] = [];
  return {
    add(row) {
      const text = `${row.origin}\n${row.reason}\n${row.excerpt}`;
      const hash = keyOf(text);
      const last = kept.at(-1);
      if (kept.length >= size && last !== undefined && hash > last.hash) return;
      kept.push({ hash, text, row });
      kept.sort((a, b) => a.hash - b.hash || (a.text < b.text ? -1 : 1));
      kept.length = Math.min(kept.length, size);
    },
    rows: () => kept.map(({ row }) => row),
  };
}
