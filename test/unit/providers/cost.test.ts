import { describe, expect, it } from 'vitest';
import { costOf } from '../../../providers/cost.js';

const price = {
  perCall: 0.5,
  perImage: 0.02,
  perMillionPromptTokens: 3,
  perMillionCompletionTokens: 15,
};

describe('costOf', () => {
  it('adds the prices of calls, pictures and tokens', () => {
    // 2 x .5 + 3 x .02 + 1000 x 3 / 1e6 + 200 x 15 / 1e6 = 1 + .06 + .003 + .003
    const cost = costOf({ calls: 2, images: 3, promptTokens: 1000, completionTokens: 200 }, price);
    expect(cost).toBeCloseTo(1.066, 12);
  });
  it('takes a picture scored as a picture', () => {
    expect(costOf({ calls: 0, scores: 50 }, price)).toBe(1);
  });
});
