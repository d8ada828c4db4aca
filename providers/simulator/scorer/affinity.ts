import { TABLES } from './constants.js';
import { addTo, at } from './counts.js';
import { kindShares, subjectKinds } from './kinds.js';

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
