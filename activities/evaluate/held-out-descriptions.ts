import type { PromptPair } from '../../contracts/records.js';
import { keyOf, randomBits } from '../../text/random.js';

/**
 * One pair a source row, at most `count` of them, in an order that depends on the seed and the row ids alone.
 *
 * A row may have three pairs (one a route); two descriptions of one picture are not independent, so one is kept.
 */
export function chooseHeldOut(
  pairs: readonly PromptPair[],
  options: { count: number; seed: number },
): PromptPair[] {
  const chosen = new Map<string, { pair: PromptPair; rank: number }>();
  for (const pair of pairs) {
    const rank = randomBits(options.seed, keyOf(pair.id));
    const other = chosen.get(pair.rowId);
    if (!other || rank < other.rank || (rank === other.rank && pair.id < other.pair.id)) {
      chosen.set(pair.rowId, { pair, rank });
    }
  }
  return [...chosen.values()]
    .map(({ pair }) => ({ pair, rank: randomBits(options.seed, 1, keyOf(pair.rowId)) }))
    .sort((a, b) => a.rank - b.rank || (a.pair.rowId < b.pair.rowId ? -1 : 1))
    .slice(0, options.count)
    .map(({ pair }) => pair);
}
