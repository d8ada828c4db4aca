import { words } from '../../text/words.js';

/**
 * Distinct-2 of each text among all texts of a method: the share of its word pairs that are its own, 0 to 1.
 *
 * A pair of neighbouring words that occurs n times among all texts counts 1/n each time, so that the sum over texts
 * is the number of different pairs. A text of fewer than two words has none and counts 0.
 * Source: Li et al. 2016, arXiv:1510.03055 (distinct-n). Differs: mean over texts, so that it has a paired interval.
 */
export function distinctPairShares(texts: readonly string[]): number[] {
  const pairsOf = texts.map(wordPairs);
  const counts = new Map<string, number>();
  for (const pair of pairsOf.flat()) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  return pairsOf.map((pairs) => {
    const own = pairs.reduce((sum, pair) => sum + 1 / (counts.get(pair) ?? 1), 0);
    return pairs.length === 0 ? 0 : own / pairs.length;
  });
}

function wordPairs(text: string): string[] {
  const all = words(text);
  return all.slice(1).map((word, index) => `${all[index] ?? ''} ${word}`);
}
