import { words } from '../../../text/words.js';
import { FOREIGN_WORDS } from './foreign-words.js';
import { findUnsafeWord } from './unsafe-words.js';
import { itemAt } from '../../../text/item-at.js';

/** Longer texts are put aside before any pattern looks at them: bounds the time a row can take. */
export const MAX_CHARACTERS = 4000;

export interface FilterSettings {
  minWords: number;
  maxWords: number;
}

interface FilterRule {
  /** Reason written beside a rejected row, and its key in the card's counts. */
  reason: string;
  rejects(text: string, settings: FilterSettings): boolean;
}

const matches = (pattern: RegExp) => (text: string) => pattern.test(text);

/**
 * The rules a prompt must pass, in the order they are tried; the first that rejects gives the reason.
 *
 * They read the text as it was written (single spaces, no control characters), because exports space out what a
 * bot's own tokeniser split: `https : / /`, `- n 4`, `( ( x ) )`. Every pattern runs in linear time.
 * Source: the dirt measured in 1.9 million lines of a public prompt export; thresholds ours.
 */
export const FILTER_RULES: readonly FilterRule[] = [
  {
    reason: 'bot reply or command',
    rejects: matches(
      /^\s*(?:[!/] ?\p{L}|prompt ?:)|the commands for each individual image|\bclickbait rpg\b/iu,
    ),
  },
  {
    reason: 'link or file name',
    rejects: matches(
      /https? ?: ?\/|\bwww ?\. ?\p{L}|[\p{L}\d] ?\. ?(?:com|net|org|jpe?g|png|gif|webp|mp4)\b/iu,
    ),
  },
  { reason: 'mention or e-mail', rejects: matches(/(?:^|\s)@ ?\p{L}|[\p{L}\d]@(?:\s|\p{L})|<@/u) },
  {
    reason: 'left-over option',
    rejects: matches(
      /(?:^|[\s\p{P}])(?:--|-|—|–) ?(?:[ncshwgi]|ar|no|height|width|seed|steps?|cfg|uplight|test|stylize|iw|vibe) ?=? ?\d|(?:—|--) ?(?:ar|n|v|q|s|w|h) ?\d|\b(?:cfg|seed|steps?|width|height|sampler) ?= ?\S|- - (?:height|width|\p{L}+ \d)|\d{1,4} ?- ?n ?-? ?\d\b|(?:^|\s)[-–—] ?[ncshw] (?:\d ?)+$/iu,
    ),
  },
  {
    reason: 'weight syntax',
    rejects: matches(
      /\( ?\(|\) ?\)|: ?:|:-? ?\d+(?: ?\. ?\d+)? ?(?:[,)]|$)|\p{L} ?:-? ?\d(?: ?\. ?\d+)?(?=[\s,])/u,
    ),
  },
  { reason: 'emoji', rejects: matches(/\p{Extended_Pictographic}|[\u{1F1E6}-\u{1F1FF}\u{FE0F}]/u) },
  {
    reason: 'other script',
    rejects: matches(/[^\p{Script=Latin}\p{Script=Common}\p{Script=Inherited}]/u),
  },
  { reason: 'markup', rejects: matches(/[{}`]|\*\s?\*|<\/?\p{L}|[\\^~]{2}/u) },
  { reason: 'long number', rejects: matches(/\d{6,}|(?:\d ){5,}\d/u) },
  { reason: 'repeated word', rejects: repeatsWord },
  { reason: 'too few words', rejects: (text, { minWords }) => words(text).length < minWords },
  { reason: 'too many words', rejects: (text, { maxWords }) => words(text).length > maxWords },
  { reason: 'other language', rejects: speaksOtherLanguage },
  { reason: 'gibberish', rejects: isGibberish },
  { reason: 'unsafe word', rejects: (text) => findUnsafeWord(text) !== undefined },
];

/** The reason why a text is put aside, or undefined when it may stay. */
export function rejectionOf(text: string, settings: FilterSettings): string | undefined {
  if (text.length > MAX_CHARACTERS) {
    return `longer than ${MAX_CHARACTERS} characters`;
  }
  if (/\uFFFD|\p{Cs}/u.test(text)) return 'broken characters';
  return FILTER_RULES.find((rule) => rule.rejects(text, settings))?.reason;
}

/** True if a word stands four or more times running. */
function repeatsWord(text: string): boolean {
  let run = 1;
  const all = words(text);
  for (let i = 1; i < all.length; i += 1) {
    run = all[i] === all[i - 1] ? run + 1 : 1;
    // A split number ("9 9 9 9") is the long-number rule's business.
    if (run >= 4 && !/^\d$/.test(itemAt(all, i))) return true;
  }
  return false;
}

/** True if at least two different foreign function words make up an eighth of the words. */
function speaksOtherLanguage(text: string): boolean {
  const all = words(text.normalize('NFD').replace(/\p{Mn}/gu, ''));
  const foreign = all.filter((word) => FOREIGN_WORDS.has(word));
  return new Set(foreign).size >= 2 && foreign.length >= all.length / 8;
}

/** True if hardly any letters, a word of over 40 letters, or two in five longer words that no one could say. */
function isGibberish(text: string): boolean {
  const visible = text.replace(/\s/gu, '');
  const letters = visible.match(/\p{L}/gu)?.length ?? 0;
  if (letters < visible.length / 2) return true;
  const all = words(text);
  if (all.some((word) => word.length > 40 && !word.includes('-'))) return true;
  const longer = all.filter((word) => word.length >= 5);
  const strange = longer.filter((word) =>
    /^[^aeiouyà-ÿœ\d]+$|[bcdfghjklmnpqrstvwxz]{6}/u.test(word),
  );
  return strange.length >= 2
    ? strange.length >= longer.length * 0.4
    : strange.length === 1 && all.length <= 2;
}
