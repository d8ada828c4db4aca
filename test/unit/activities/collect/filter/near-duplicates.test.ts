import { describe, expect, it } from 'vitest';
import {
  findNearDuplicates,
  shinglesOf,
} from '../../../../../activities/collect/filter/near-duplicates.js';
import { uniform } from '../../../../../text/random.js';

function jaccard(a: string[], b: string[]): number {
  const shared = a.filter((item) => b.includes(item)).length;
  return shared / (a.length + b.length - shared);
}

/** The naive oracle: every text against every kept one. */
function oracle(texts: string[], threshold: number): boolean[] {
  const kept: string[][] = [];
  return texts.map((text) => {
    const own = shinglesOf(text);
    const repeats = kept.some((other) => jaccard(own, other) >= threshold);
    if (!repeats) kept.push(own);
    return repeats;
  });
}

describe('findNearDuplicates', () => {
  it('finds exactly the texts that comparing all pairs finds', () => {
    // Texts over a small vocabulary, many of them one or two words away from another.
    const texts = Array.from({ length: 400 }, (_, i) =>
      Array.from({ length: 6 + (i % 9) }, (_, j) => {
        const family = uniform(1, i, j) < 0.08 ? i : i % 40;
        return `w${Math.floor(uniform(2, family, j) * 30)}`;
      }).join(' '),
    );
    for (const threshold of [0.3, 0.5, 0.7]) {
      const found = findNearDuplicates(texts, threshold).map((index) => index !== undefined);
      expect(found).toEqual(oracle(texts, threshold));
      expect(found.filter(Boolean).length).toBeGreaterThan(50);
    }
  });

  it('names the earlier text that is repeated, and keeps the first', () => {
    const texts = [
      'a knight on a horse in the rain, oil painting, dark',
      'a cat on a sofa',
      'A knight, on a horse in the rain: oil painting, dark',
    ];
    expect(findNearDuplicates(texts, 0.7)).toEqual([undefined, undefined, 0]);
  });

  it('grows linearly on texts that share a common tail', () => {
    const tail = 'highly detailed digital painting artstation concept art smooth sharp focus';
    const make = (count: number) =>
      Array.from({ length: count }, (_, i) => {
        const own = Array.from({ length: 14 }, (_, j) => `w${Math.floor(uniform(i, j) * 5000)}`);
        return `${own.join(' ')} ${tail}`;
      });
    const start = performance.now();
    expect(findNearDuplicates(make(5000), 0.7).every((index) => index === undefined)).toBe(true);
    // Comparing all pairs that share the tail takes minutes.
    expect(performance.now() - start).toBeLessThan(4000);
  });
});
