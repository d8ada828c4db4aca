import { describe, expect, it } from 'vitest';
import {
  CopyDraw,
  MixtureDraw,
  PassDraw,
  permutation,
  Stream,
  uniform,
} from '../../../text/random.js';

describe('the random streams', () => {
  it.each(Object.entries({ Stream, PassDraw, CopyDraw, MixtureDraw }))(
    'of %s have a number each',
    (_, streams) => {
      const numbers: number[] = Object.values(streams);
      expect(new Set(numbers).size).toBe(numbers.length);
    },
  );

  it('differ although all other keys are equal', () => {
    const draws = Object.values(Stream).map((stream) => uniform(5, stream, 0));
    expect(new Set(draws).size).toBe(draws.length);
  });

  it('give the same number for the same keys, and an order that holds everything once', () => {
    expect(uniform(5, Stream.prompts, 1)).toBe(uniform(5, Stream.prompts, 1));
    expect(permutation(6, 5, Stream.updates).sort()).toEqual([0, 1, 2, 3, 4, 5]);
  });
});
