import { describe, expect, it } from 'vitest';
import { mean, pearson, spearman, standardDeviation } from '../../../text/statistics.js';

describe('statistics', () => {
  it('knows the textbook cases', () => {
    expect(mean([1, 2, 6])).toBe(3);
    expect(standardDeviation([2, 4, 4, 4, 5, 5, 7, 9])).toBe(2);
    expect(pearson([1, 2, 3], [10, 20, 30])).toBeCloseTo(1, 12);
    // Deviations -1.5 -.5 .5 1.5 and -1 1 -1 1: sum of products 2, over sqrt(5 * 4).
    expect(pearson([1, 2, 3, 4], [1, 3, 1, 3])).toBeCloseTo(2 / Math.sqrt(20), 12);
  });

  it('ranks: any rising function of the values gives the same Spearman', () => {
    const a = [3, 1, 4, 1.5, 9, 2.6];
    const b = [2, 7, 1, 8, 2.8, 1.8];
    expect(
      spearman(
        a,
        b.map((value) => Math.exp(value)),
      ),
    ).toBeCloseTo(spearman(a, b), 12);
    expect(
      spearman(
        a,
        a.map((value) => -(value ** 3)),
      ),
    ).toBeCloseTo(-1, 12);
  });

  it('shares the mean rank among equal values', () => {
    // Ranks 0.5 0.5 2 against 0 1 2: deviations -.5 -.5 1 and -1 0 1: 1.5 / sqrt(1.5 * 2).
    expect(spearman([1, 1, 5], [1, 2, 3])).toBeCloseTo(1.5 / Math.sqrt(3), 12);
  });

  it('is 0, not NaN, where nothing varies', () => {
    expect(pearson([1, 1, 1], [1, 2, 3])).toBe(0);
    expect(mean([])).toBe(0);
  });
});
