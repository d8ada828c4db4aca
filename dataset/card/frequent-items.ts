/** What is counted before counts have to be shortened; some 20 MB of short texts. */
const MAX_ITEMS = 100_000;

/** Counts of texts of which there may be too many to hold. */
export interface FrequentItems {
  add(item: string): void;
  /** The most frequent first, equal ones by their text; every count may be short by up to `shortBy`. */
  top(length: number): { items: { item: string; count: number }[]; shortBy: number };
}

/**
 * Counts texts, exactly up to `maxItems` different ones, then with a bounded error.
 *
 * Source: Misra and Gries 1982, "Finding repeated elements"; decrements are gathered, so that one pass frees half.
 */
export function countFrequentItems(maxItems = MAX_ITEMS): FrequentItems {
  const counts = new Map<string, number>();
  let shortBy = 0;

  const shorten = () => {
    const sorted = Float64Array.from(counts.values()).sort();
    const median = sorted[Math.floor(sorted.length / 2)] ?? 1;
    shortBy += median;
    for (const [item, count] of counts) {
      if (count > median) counts.set(item, count - median);
      else counts.delete(item);
    }
  };

  return {
    add(item) {
      counts.set(item, (counts.get(item) ?? 0) + 1);
      if (counts.size > maxItems) shorten();
    },
    top(length) {
      const items = [...counts]
        .map(([item, count]) => ({ item, count }))
        .sort((a, b) => b.count - a.count || (a.item < b.item ? -1 : 1))
        .slice(0, length);
      return { items, shortBy };
    },
  };
}
