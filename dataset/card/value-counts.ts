import type { Distribution } from '../../contracts/data-card.js';

/** More bins than this are not told apart in a picture. */
const MAX_BINS = 40;

/** Counts of numbers; memory grows with the different values, not with how many come. */
export interface ValueCounts {
  /** @throws RangeError if the value is no finite number. */
  add(value: number): void;
  /** The same whatever the order in which the values came. */
  describe(): Distribution;
}

/**
 * Counts numbers, rounded to 1/`scale`.
 *
 * Mean and quantiles are of the rounded values; a quantile is the value at rank `floor(share * (count - 1))`.
 */
export function countValues(scale = 1): ValueCounts {
  const counts = new Map<number, number>();
  return {
    add(value) {
      if (!Number.isFinite(value)) {
        throw new RangeError(`Expected a finite number to count, found ${value}.`);
      }
      const key = Math.round(value * scale);
      counts.set(key, (counts.get(key) ?? 0) + 1);
    },
    describe() {
      const sorted = [...counts].sort(([a], [b]) => a - b);
      const count = sorted.reduce((sum, [, times]) => sum + times, 0);
      const sum = sorted.reduce((total, [key, times]) => total + key * times, 0);
      const at = (share: number) => keyAtRank(sorted, Math.floor(share * (count - 1))) / scale;
      return {
        count,
        mean: sum / scale / Math.max(1, count),
        min: at(0),
        median: at(0.5),
        p95: at(0.95),
        max: at(1),
        histogram: histogramOf(sorted, scale),
      };
    },
  };
}

function keyAtRank(sorted: [number, number][], rank: number): number {
  let before = 0;
  for (const [key, times] of sorted) {
    before += times;
    if (before > rank) return key;
  }
  return 0;
}

/** Bins of the smallest round width (1, 2 or 5 times a power of ten) that needs at most `MAX_BINS` of them. */
function histogramOf(sorted: [number, number][], scale: number): Distribution['histogram'] {
  const low = sorted[0]?.[0];
  const high = sorted.at(-1)?.[0];
  if (low === undefined || high === undefined) return { from: 0, width: 1 / scale, counts: [] };
  const binOf = (key: number, width: number) => Math.floor(key / width);
  let width = 1;
  for (let step = 0; binOf(high, width) - binOf(low, width) >= MAX_BINS; step += 1) {
    width = (step % 3 === 0 ? 2 : step % 3 === 1 ? 5 : 10) * 10 ** Math.floor(step / 3);
  }
  const first = binOf(low, width);
  const counts = Array.from({ length: binOf(high, width) - first + 1 }, () => 0);
  for (const [key, times] of sorted) {
    const bin = binOf(key, width) - first;
    counts[bin] = (counts[bin] ?? 0) + times;
  }
  return { from: (first * width) / scale, width: width / scale, counts };
}
