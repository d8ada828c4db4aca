import { words } from '../../../text/words.js';
import { itemAt } from '../../../text/item-at.js';

const SHINGLE_WORDS = 3;

/** The different runs of three words of a text; a shorter text is one shingle. */
export function shinglesOf(text: string): string[] {
  const all = words(text);
  if (all.length <= SHINGLE_WORDS) return [all.join(' ')];
  const shingles = new Set<string>();
  for (let i = 0; i + SHINGLE_WORDS <= all.length; i += 1) {
    shingles.add(all.slice(i, i + SHINGLE_WORDS).join(' '));
  }
  return [...shingles];
}

/**
 * For each text the index of the earlier kept text it nearly repeats, or undefined when it is kept itself.
 *
 * Two texts are near-duplicates when the Jaccard similarity of their shingles is at least `threshold`. Exact: with
 * shingles in one fixed order, rarest first, such a pair must share one of the first |S| - ceil(threshold |S|) + 1
 * shingles of each, so only those are indexed. Source: prefix filtering, Bayardo et al. 2007, "Scaling up all pairs".
 * Common shingles are never skipped; they merely stand last in the order.
 */
export function findNearDuplicates(texts: string[], threshold: number): (number | undefined)[] {
  const sets = orderedShingles(texts);
  const index = new Map<number, number[]>();
  return sets.map((own, position) => {
    const prefix = own.slice(0, own.length - Math.ceil(threshold * own.length) + 1);
    const seen = new Set<number>();
    const members = new Set(own);
    for (const shingle of prefix) {
      for (const earlier of index.get(shingle) ?? []) {
        if (seen.has(earlier)) continue;
        seen.add(earlier);
        if (jaccard(members, itemAt(sets, earlier)) >= threshold) return earlier;
      }
    }
    for (const shingle of prefix) {
      const holders = index.get(shingle);
      if (holders === undefined) index.set(shingle, [position]);
      else holders.push(position);
    }
    return undefined;
  });
}

/** Shingles as numbers, rarest first; the number breaks ties, so the order is one for all texts. */
function orderedShingles(texts: string[]): number[][] {
  const numbers = new Map<string, number>();
  const counts: number[] = [];
  const sets = texts.map((text) =>
    shinglesOf(text).map((shingle) => {
      const number = numbers.get(shingle) ?? numbers.size;
      numbers.set(shingle, number);
      counts[number] = (counts[number] ?? 0) + 1;
      return number;
    }),
  );
  for (const set of sets) set.sort((a, b) => itemAt(counts, a) - itemAt(counts, b) || a - b);
  return sets;
}

function jaccard(own: Set<number>, other: number[]): number {
  let shared = 0;
  for (const shingle of other) if (own.has(shingle)) shared += 1;
  return shared / (own.size + other.length - shared);
}
