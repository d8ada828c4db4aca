import { franc } from 'franc';
import { words } from '../../text/words.js';
import { COMMON_WORDS, FOREIGN_WORDS } from './word-lists.js';

/** Languages the detector may answer: with all it knows it takes half of the short English prompts for others. */
const LANGUAGES = [
  'eng',
  'spa',
  'por',
  'fra',
  'ita',
  'deu',
  'nld',
  'pol',
  'swe',
  'tur',
  'ron',
  'ind',
];
/** Names of artists and places look foreign in shorter texts. */
const MIN_WORDS = 8;
const MIN_DETECTOR_WORDS = 20;

/** True if a text has letters of a script other than Latin, or marks heaped on letters. */
export function hasOtherScript(text: string): boolean {
  return /[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]|\p{Mn}{3}/u.test(text);
}

/**
 * True if a text is probably not English: many foreign function words, or two of three weaker signs: one such word, few
 * of the words that prompts are made of, a detector's vote.
 *
 * Source: no detector alone. franc takes 30 in 100 English prompts of 10 to 19 words for another language.
 */
export function speaksOtherLanguage(
  text: string,
  { minCommonWords }: { minCommonWords: number },
): boolean {
  const all = words(text.normalize('NFD').replace(/\p{Mn}/gu, '')).filter((word) =>
    /\p{L}/u.test(word),
  );
  const foreign = all.filter((word) => FOREIGN_WORDS.has(word));
  if (new Set(foreign).size >= 2 && foreign.length >= all.length / 8) return true;
  if (foreign.length >= 2 && foreign.length >= all.length / 4) return true;
  if (all.length < MIN_WORDS) return false;
  const common = all.filter((word) => COMMON_WORDS.has(word)).length;
  const signs = [foreign.length > 0, common < minCommonWords * all.length].filter(Boolean).length;
  if (signs !== 1) return signs === 2;
  return (
    all.length >= MIN_DETECTOR_WORDS &&
    common < all.length / 2 &&
    franc(text, { only: LANGUAGES }) !== 'eng'
  );
}
