import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DuplicateIndex } from '../../../../dataset/duplicates/duplicate-index.js';
import { chooseBands, shinglesOf } from '../../../../dataset/duplicates/fingerprint.js';
import { NumberSets } from '../../../../dataset/duplicates/number-sets.js';
import { uniform } from '../../../../text/random.js';
import { makeFolder } from '../../../support/folders.js';

function jaccard(a: string[], b: string[]): number {
  const shared = a.filter((item) => b.includes(item)).length;
  return shared / (a.length + b.length - shared);
}

/** The naive oracle: every text against every kept one. */
function oracle(texts: string[], threshold: number): boolean[] {
  const kept: string[][] = [];
  return texts.map((text) => {
    const own = shinglesOf(text.split(' '));
    const repeats = kept.some((other) => jaccard(own, other) >= threshold);
    if (!repeats) kept.push(own);
    return repeats;
  });
}

function sift(texts: string[], index: DuplicateIndex): (number | undefined)[] {
  return texts.map((text) => {
    const earlier = index.find(text);
    if (earlier === undefined) index.add(text);
    return earlier;
  });
}

/** Texts over a small vocabulary, many of them one or two words away from another. */
const families = (count: number) =>
  Array.from({ length: count }, (_, i) =>
    Array.from({ length: 6 + (i % 9) }, (_, j) => {
      const family = uniform(1, i, j) < 0.08 ? i : i % 40;
      return `w${Math.floor(uniform(2, family, j) * 30)}`;
    }).join(' '),
  );

/** Sets compared number by number: what a search costs beside the tables. */
let comparedCount = 0;
// eslint-disable-next-line @typescript-eslint/unbound-method -- it is called with its `this` below, and put back
const { isSimilar } = NumberSets.prototype;
beforeAll(() => {
  NumberSets.prototype.isSimilar = function (...compared) {
    comparedCount += 1;
    return isSimilar.apply(this, compared);
  };
});
afterAll(() => {
  NumberSets.prototype.isSimilar = isSimilar;
});

describe('DuplicateIndex', () => {
  it.each([0.3, 0.5, 0.7, 1])(
    'finds at %d the texts that comparing all pairs finds',
    (threshold) => {
      const texts = families(500);
      const found = sift(texts, new DuplicateIndex({ threshold })).map(
        (earlier) => earlier !== undefined,
      );
      expect(found).toEqual(oracle(texts, threshold));
      expect(found.filter(Boolean).length).toBeGreaterThan(threshold === 1 ? 10 : 50);
    },
  );

  it('names the earlier text that is repeated', () => {
    const texts = [
      'a knight on a horse in the rain, oil painting, dark',
      'a cat on a sofa',
      'A knight, on a horse in the rain: oil painting, dark',
      'a knight on a horse in the rain, oil painting, dark, moody',
    ];
    expect(sift(texts, new DuplicateIndex({ threshold: 0.7 }))).toEqual([
      undefined,
      undefined,
      0,
      0,
    ]);
  });

  it('gives a text that is there already its old ordinal', () => {
    const index = new DuplicateIndex({ threshold: 0.7 });
    expect([index.add('a cat'), index.add('a dog'), index.add('A cat!')]).toEqual([0, 1, 0]);
    expect(index.size).toBe(2);
  });

  it('compares few texts although many share a tail, and holds few bytes of each', () => {
    const tail = 'highly detailed digital painting artstation concept art smooth sharp focus';
    const texts = Array.from({ length: 4000 }, (_, i) => {
      const own = Array.from({ length: 14 }, (_, j) => `w${Math.floor(uniform(i, j) * 5000)}`);
      return `${own.join(' ')} ${tail}`;
    });
    const index = new DuplicateIndex({ threshold: 0.7 });
    const before = comparedCount;
    expect(sift(texts, index).every((earlier) => earlier === undefined)).toBe(true);
    // Each shares 8 of 36 triples with each: 1 - (1 - 0.22^4)^32, or 7 in 100 of some 2,000 earlier ones.
    expect((comparedCount - before) / texts.length).toBeLessThan(200);
    const empty = new DuplicateIndex({ threshold: 0.7 });
    expect((index.byteLength - empty.byteLength) / texts.length).toBeLessThan(500);
    expect(index.crowdedCount).toBe(0);
  });

  describe('of texts that all share one long tail', () => {
    const tail =
      'digital painting by greg rutkowski trending on artstation highly detailed 8k'.split(' ');
    const textAt = (i: number, last = 'sharp') =>
      [...Array.from({ length: 4 }, (_, j) => `own${i}x${j}`), ...tail, last].join(' ');
    const index = new DuplicateIndex({ threshold: 0.7 });
    const comparedIn = (from: number, to: number): number => {
      const before = comparedCount;
      const texts = Array.from({ length: to - from }, (_, i) => textAt(from + i));
      expect(sift(texts, index).every((earlier) => earlier === undefined)).toBe(true);
      return comparedCount - before;
    };

    it('compares each with no more of them as they grow', () => {
      comparedIn(0, 1500);
      const [second, third] = [comparedIn(1500, 3000), comparedIn(3000, 4500)];
      // All earlier ones would be 2,250 on average, then 3,750.
      expect(second / 1500).toBeLessThan(1200);
      expect(third / second).toBeLessThan(1.1);
      expect(index.crowdedCount).toBeGreaterThan(3000);
    });

    it('still finds those that are repeated, early and late ones', () => {
      for (let i = 0; i < 4500; i += 30) expect(index.find(textAt(i, 'soft')), `${i}`).toBe(i);
    });

    it('knows the same after it is loaded', async () => {
      const path = join(await makeFolder(), 'duplicates.bin');
      await index.save(path);
      const loaded = await DuplicateIndex.load(path);
      expect(loaded.crowdedCount).toBe(index.crowdedCount);
      for (let i = 10; i < 4500; i += 100) expect(loaded.find(textAt(i, 'soft'))).toBe(i);
    });
  });
});

describe('chooseBands', () => {
  it.each([
    [1, 1, 8],
    [0.7, 32, 4],
    [0.5, 30, 2],
    [0.05, 167, 1],
  ])('misses at most one pair in 5,000 at %d', (threshold, bandCount, rowCount) => {
    expect(chooseBands(threshold)).toEqual({ bandCount, rowCount });
    expect((1 - threshold ** rowCount) ** bandCount).toBeLessThanOrEqual(2e-4);
  });
});
