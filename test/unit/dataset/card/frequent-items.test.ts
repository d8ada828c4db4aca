import { describe, expect, it } from 'vitest';
import { countFrequentItems } from '../../../../dataset/card/frequent-items.js';
import { uniform } from '../../../../text/random.js';

describe('frequent items', () => {
  it('are counted exactly while they are few, equal ones in the order of their text', () => {
    const items = countFrequentItems();
    for (const item of ['b', 'a', 'c', 'c']) items.add(item);
    expect(items.top(2)).toEqual({
      items: [
        { item: 'c', count: 2 },
        { item: 'a', count: 1 },
      ],
      shortBy: 0,
    });
  });

  it('come out with counts short by no more than is said, however many rare ones come between', () => {
    const items = countFrequentItems(100);
    const exact = new Map<string, number>();
    for (let index = 0; index < 20_000; index += 1) {
      const item = uniform(1, index) < 0.3 ? `often ${index % 3}` : `rare ${index}`;
      exact.set(item, (exact.get(item) ?? 0) + 1);
      items.add(item);
    }
    const { items: top, shortBy } = items.top(3);
    expect(top.map(({ item }) => item).sort()).toEqual(['often 0', 'often 1', 'often 2']);
    for (const { item, count } of top) {
      expect(count).toBeLessThanOrEqual(exact.get(item)!);
      expect(count).toBeGreaterThanOrEqual(exact.get(item)! - shortBy);
    }
    // The bound of the algorithm, halves freed at a time: additions over half the places.
    expect(shortBy).toBeLessThanOrEqual(20_000 / 50);
  });
});
