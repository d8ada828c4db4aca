import { describe, expect, it } from 'vitest';
import { learningRateAt } from '../../../../engine/optim/schedule.js';

const settings = { learningRate: 1, warmupShare: 0.1, finalShare: 0.2 };

describe('learningRateAt', () => {
  it('rises over the warm-up, from above zero to the peak', () => {
    expect(Array.from({ length: 10 }, (_, step) => learningRateAt(step, 100, settings))).toEqual([
      0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1,
    ]);
  });

  it('is halfway between peak and floor in the middle of the cosine, and at the floor in the end', () => {
    expect(learningRateAt(55, 100, settings)).toBeCloseTo(0.6, 12);
    expect(learningRateAt(100, 100, settings)).toBeCloseTo(0.2, 12);
    expect(learningRateAt(1000, 100, settings)).toBeCloseTo(0.2, 12);
  });

  it('starts at the peak without warm-up', () => {
    expect(learningRateAt(0, 10, { ...settings, warmupShare: 0 })).toBe(1);
  });
});
