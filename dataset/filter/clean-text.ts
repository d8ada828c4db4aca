import { normalisePrompt, words } from '../../text/words.js';

/** Invisible characters: soft hyphens, joiners, marks of direction, tags. */
const HIDDEN =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\u{e0000}-\u{e007f}]+/gu;

/**
 * A text with single spaces, composed characters and no control or hidden characters: what the filter rules read.
 *
 * Hidden characters vanish rather than become spaces, or a word cut by one would pass the word lists.
 */
export function plainSpaces(text: string): string {
  return text
    .replace(HIDDEN, '')
    .normalize('NFKC')
    .replace(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
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
