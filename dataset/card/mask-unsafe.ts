import type { CardSample } from '../../contracts/data-card.js';
import { isStopWord } from '../../text/words.js';
import { reasonKey } from '../filter/clean-rows.js';
import { findUnsafeWord } from '../filter/unsafe-words.js';
import { excerptOf } from '../sources/source-row.js';

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
