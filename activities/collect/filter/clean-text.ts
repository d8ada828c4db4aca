import { normalisePrompt, words } from '../../../text/words.js';

/** A text with single spaces, composed characters and no control or zero-width characters: what the filter rules read. */
export function plainSpaces(text: string): string {
  return text
    .normalize('NFKC')
    .replace(/[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2060\ufeff]+/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/**
 * One spelling of a prompt that passed the rules: emphasis marks go, `|` becomes a comma, then `normalisePrompt`.
 *
 * Marks such as `!!!` and `[ ]` stand on good prompts too, so they are stripped rather than the row put aside.
 */
export function cleanText(text: string, { lowerCase }: { lowerCase: boolean }): string {
  const bare = plainSpaces(text)
    .replace(/\|+/g, ', ')
    .replace(/[[\]_*]+/g, ' ')
    .replace(/!(?:\s*!)+/g, ' ')
    .replace(/\.(?:\s*\.)+/g, ', ');
  const clean = normalisePrompt(bare);
  return lowerCase ? clean.toLowerCase() : clean;
}

/** A key that texts with the same words in the same order share, whatever their case, spacing and punctuation. */
export function tokenKey(text: string): string {
  return words(text).join(' ');
}
