import { stem } from '../../../text/words.js';
import { TABLES } from './constants.js';
import { readWordLists } from './text-parts.js';

/**
 * Kinds of subject, each by the words that show it. Which modifiers suit a subject is counted by kind, not by word: there
 * are prompts enough to count that, and a small model can learn it.
 */
const KINDS = readWordLists('subject-kinds.txt');

/** Names of the kinds; the last is for subjects no list knows. */
const subjectKinds: readonly string[] = [...KINDS.map(([kind]) => kind), 'other'];

const KINDS_OF = new Map<string, number[]>();
for (const [index, [, list]] of KINDS.entries()) {
  for (const word of new Set(list.map(stem))) {
    KINDS_OF.set(word, [...(KINDS_OF.get(word) ?? []), index]);
  }
}

/** Share of each kind in a subject given as stems, summing to 1; all `other` if no word is known. */
function kindShares(stems: Iterable<string>): Float64Array {
  const shares = new Float64Array(subjectKinds.length);
  let total = 0;
  for (const word of stems) {
    for (const kind of KINDS_OF.get(word) ?? []) {
      addTo(shares, kind, 1);
      total += 1;
    }
  }
  if (total === 0) shares[subjectKinds.length - 1] = 1;
  else for (let kind = 0; kind < shares.length; kind += 1) shares[kind] = at(shares, kind) / total;
  return shares;
}

/** The number at a place; 0 outside the array. */
export function at(counts: Float64Array, place: number): number {
  return counts[place] ?? 0;
}

/** Adds to the number at a place. */
export function addTo(counts: Float64Array, place: number, value: number): void {
  counts[place] = at(counts, place) + value;
}

/** A rich prompt as affinities are counted: stems of its subject, modifiers outside the subject's segment. */
export interface CountedPrompt {
  subject: readonly string[];
  modifiers: readonly number[];
}

/** How well modifiers suit a subject, by counts of both in the same prompts. */
export interface Affinity {
  /** Rich prompts that hold the modifier outside the subject. */
  uses(modifier: number): number;
  /** A function of the modifier for one subject; 0 = no more and no less than with any subject. */
  forSubject(stems: readonly string[]): (modifier: number) => number;
}

/**
 * Affinities from prompts.
 *
 * Of a modifier m to a kind of subject, or to a word: ln((found + prior) / (expected + prior)), cut to plus or minus the
 * limit; the prior keeps pairs that were never seen near 0. To a subject: the mean over its kinds, plus the sum over its
 * words divided by the root of their number.
 */
export function createAffinity(prompts: readonly CountedPrompt[], modifierCount: number): Affinity {
  const kinds = subjectKinds.length;
  const kindTotals = new Float64Array(kinds);
  const uses = new Float64Array(modifierCount);
  const usesByKind = new Float64Array(modifierCount * kinds);
  const wordTotals = new Map<string, number>();
  const usesByWord = new Map<string, Map<number, number>>();
  for (const { subject, modifiers } of prompts) {
    const shares = kindShares(subject);
    for (let kind = 0; kind < kinds; kind += 1) addTo(kindTotals, kind, at(shares, kind));
    for (const word of subject) wordTotals.set(word, (wordTotals.get(word) ?? 0) + 1);
    for (const modifier of new Set(modifiers)) {
      addTo(uses, modifier, 1);
      for (let kind = 0; kind < kinds; kind += 1) {
        addTo(usesByKind, modifier * kinds + kind, at(shares, kind));
      }
      for (const word of subject) {
        const row = usesByWord.get(word) ?? new Map<number, number>();
        usesByWord.set(word, row.set(modifier, (row.get(modifier) ?? 0) + 1));
      }
    }
  }
  const expected = (modifier: number, total: number): number =>
    (at(uses, modifier) * total) / prompts.length;
  const byKind = usesByKind.map((found, place) =>
    shrunkLog(
      found,
      expected(Math.floor(place / kinds), at(kindTotals, place % kinds)),
      TABLES.kindPrior,
    ),
  );

  function forSubject(stems: readonly string[]): (modifier: number) => number {
    const shares = kindShares(stems);
    const known = stems.flatMap((word) => {
      const total = wordTotals.get(word) ?? 0;
      return total >= TABLES.minWordPrompts ? [{ total, row: usesByWord.get(word) }] : [];
    });
    return (modifier) => {
      let kindPart = 0;
      for (let kind = 0; kind < kinds; kind += 1) {
        kindPart += at(shares, kind) * at(byKind, modifier * kinds + kind);
      }
      let wordPart = 0;
      for (const { total, row } of known) {
        const found = row?.get(modifier) ?? 0;
        wordPart += shrunkLog(found, expected(modifier, total), TABLES.wordPrior);
      }
      return kindPart + wordPart / Math.sqrt(Math.max(1, known.length));
    };
  }
  return { uses: (modifier) => at(uses, modifier), forSubject };
}

function shrunkLog(found: number, expected: number, prior: number): number {
  const log = Math.log((found + prior) / (expected + prior));
  return Math.max(-TABLES.affinityLimit, Math.min(TABLES.affinityLimit, log));
}
