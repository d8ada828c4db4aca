import type { CardSample } from '../../contracts/data-card.js';
import { keyOf } from '../../text/random.js';
import { isStopWord } from '../../text/words.js';
import { reasonKey } from '../filter/clean-rows.js';
import { findUnsafeWord } from '../filter/unsafe-words.js';
import { excerptOf } from '../sources/source-row.js';

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

const WORD = /[\p{L}\p{N}]+(?:['’-][\p{L}\p{N}]+)*/gu;

/**
 * A row put aside as a page may show it: at most 200 characters; unsafe words become dots.
 *
 * Of a row that an unsafe-content filter dropped every word that carries content is masked: such a filter knows more
 * than the word list.
 */
export function maskSample(filter: string, row: CardSample): CardSample {
  const isUnsafe = /unsafe|nsfw/i.test(filter);
  const hide = (word: string) =>
    (isUnsafe && !isStopWord(word.toLowerCase())) || findUnsafeWord(word) !== undefined;
  const mask = (text: string) =>
    text.replace(WORD, (word) => (hide(word) ? '•'.repeat([...word].length) : word));
  return {
    origin: row.origin,
    reason: isUnsafe ? reasonKey(row.reason) : mask(excerptOf(row.reason)),
    excerpt: mask(excerptOf(row.excerpt)),
  };
}
