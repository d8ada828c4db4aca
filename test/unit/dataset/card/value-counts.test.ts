import { describe, expect, it } from 'vitest';
import { countValues } from '../../../../dataset/card/value-counts.js';

const describeAll = (values: number[], scale?: number) => {
  const counts = countValues(scale);
  for (const value of values) counts.add(value);
  return counts.describe();
};

describe('counted values', () => {
  it('give mean, ends and quantiles by rank', () => {
    // Ranks: median floor(0.5 * 9) = 4, p95 floor(0.95 * 9) = 8 of 1..9 and 100.
    expect(describeAll([9, 8, 7, 6, 5, 4, 3, 2, 1, 100])).toMatchObject({
      count: 10,
      mean: 14.5,
      min: 1,
      median: 5,
      p95: 9,
      max: 100,
    });
  });

  it('fall into bins of a round width that holds every one', () => {
    // From 3 to 97 in 40 bins at most: width 2 needs 48, width 5 needs 20, from 0.
    const { histogram } = describeAll([3, 4, 5, 97]);
    expect(histogram).toMatchObject({ from: 0, width: 5 });
    expect(histogram.counts).toHaveLength(20);
    expect([histogram.counts[0], histogram.counts[1], histogram.counts[19]]).toEqual([2, 1, 1]);
  });

  it('take one bin a whole number where those are few', () => {
    expect(describeAll([4, 6, 6]).histogram).toEqual({ from: 4, width: 1, counts: [1, 0, 2] });
  });

  it('are counted in hundredths, below zero too', () => {
    const scores = describeAll([-0.014, 0.501, 0.499], 100);
    expect(scores).toMatchObject({ min: -0.01, median: 0.5, max: 0.5 });
    expect(scores.histogram).toMatchObject({ from: -0.02, width: 0.02 });
    expect(scores.histogram.counts.reduce((sum, count) => sum + count, 0)).toBe(3);
  });

  it('of nothing are all zero', () => {
    expect(describeAll([])).toEqual({
      count: 0,
      mean: 0,
      min: 0,
      median: 0,
      p95: 0,
      max: 0,
      histogram: { from: 0, width: 1, counts: [] },
    });
  });

  it('refuses what is no finite number', () => {
    expect(() => describeAll([NaN])).toThrow('Expected a finite number to count, found NaN.');
  });
});
