import { itemAt } from '../../text/item-at.js';
import { shareOfRepeats, wordRuns } from '../../text/repetition.js';
import { words } from '../../text/words.js';

/** Fewer say nothing about repetition: a short prompt may well play on a word. */
const MIN_SHARED_WORDS = 12;
/** Longer phrases show in the share of repeated triples. */
const MAX_PHRASE_WORDS = 8;

/** True if a word or a phrase stands more than `maxRepeats` times running, or a comma segment more often in all. */
export function repeatsItself(text: string, { maxRepeats }: { maxRepeats: number }): boolean {
  return runsOn(words(text), maxRepeats) || mostOften(segmentsOf(text)) > maxRepeats;
}

/** Share of the word triples of a text that stood in it before, 0 to 1; 0 for a text of few words. */
export function repeatedShare(text: string): number {
  return words(text).length < MIN_SHARED_WORDS ? 0 : shareOfRepeats(wordRuns(text, 3));
}

/** Words equal to those `period` places before them, so many in a row that the phrase stands too often. */
function runsOn(all: readonly string[], maxRepeats: number): boolean {
  for (let period = 1; period <= MAX_PHRASE_WORDS; period += 1) {
    let equal = 0;
    for (let i = period; i < all.length; i += 1) {
      // A split number ("9 9 9 9") is the business of the rule on long numbers.
      const isSame = itemAt(all, i) === itemAt(all, i - period) && !/^\d$/.test(itemAt(all, i));
      equal = isSame ? equal + 1 : 0;
      if (equal >= period * maxRepeats) return true;
    }
  }
  return false;
}

function segmentsOf(text: string): string[] {
  return text
    .split(/[,.;|]/)
    .map((segment) => words(segment).join(' '))
    .filter((segment) => /\p{L}/u.test(segment));
}

function mostOften(items: readonly string[]): number {
  const counts = new Map<string, number>();
  let most = 0;
  for (const item of items) {
    const count = (counts.get(item) ?? 0) + 1;
    counts.set(item, count);
    most = Math.max(most, count);
  }
  return most;
}
