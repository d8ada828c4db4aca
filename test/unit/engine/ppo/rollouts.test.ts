import { describe, expect, it } from 'vitest';
import {
  choosePairs,
  layOut,
  responseSizeOf,
  responseSizes,
  rolloutValues,
} from '../../../../engine/ppo/rollouts.js';

describe('responseSizes', () => {
  it.each([
    [1, [1]],
    [7, [7]],
    [8, [8]],
    [20, [8, 16, 20]],
    [80, [24, 40, 64, 80]],
    [256, [64, 128, 192, 256]],
  ])('has about the quarters of %i, in eights', (most, sizes) => {
    expect(responseSizes(most)).toEqual(sizes);
  });
});

describe('responseSizeOf', () => {
  const rollouts = layOut(
    [[5], [6], [7]],
    [[], new Array<number>(24).fill(8), new Array<number>(25).fill(9)],
    { promptTokens: 2, responseTokens: 80, padId: 0 },
  );

  it('is the smallest size that holds the texts of the rows, an empty one too', () => {
    expect(responseSizeOf(rollouts, [0])).toBe(24);
    expect(responseSizeOf(rollouts, [0, 1])).toBe(24);
    expect(responseSizeOf(rollouts, [1, 2, 0])).toBe(40);
  });

  it('cuts only padding off what is fed', () => {
    const { ids, mask, labels } = rolloutValues(rollouts, [2, 0], 40);
    expect(ids).toHaveLength(2 * 42);
    expect([...ids.slice(0, 28)]).toEqual([0, 7, ...new Array<number>(25).fill(9), 0]);
    expect([...ids.slice(42, 45)]).toEqual([0, 5, 0]);
    expect(mask.reduce((sum, real) => sum + real, 0)).toBe(26 + 1);
    expect([...labels.slice(0, 26)]).toEqual([...new Array<number>(25).fill(9), 0]);
    expect(labels).toHaveLength(2 * 40);
  });
});

describe('rollouts', () => {
  it('takes every description once a pass, in another order each pass', () => {
    const pairs = Array.from({ length: 6 }, (_, index) => ({
      id: `${index}`,
      rowId: `${index}`,
      route: 'summary' as const,
      x: `${index}`,
      y: 'y',
    }));
    const pass = (first: number): string[] =>
      [first, first + 1, first + 2].flatMap((iteration) =>
        choosePairs(pairs, { iteration, count: 2, seed: 3 }).map(({ pair }) => pair.id),
      );
    expect([...pass(0)].sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect([...pass(3)].sort()).toEqual(['0', '1', '2', '3', '4', '5']);
    expect(pass(0)).not.toEqual(pass(3));
  });

  it('puts prompts against the middle from the left and responses from the right', () => {
    const laid = layOut([[5, 6], [7]], [[8, 2], [9]], {
      promptTokens: 3,
      responseTokens: 2,
      padId: 0,
    });
    expect([...laid.ids]).toEqual([0, 5, 6, 8, 2, 0, 0, 7, 9, 0]);
    expect([...laid.fullMask]).toEqual([0, 1, 1, 1, 1, 0, 0, 1, 1, 0]);
    expect([...laid.labels]).toEqual([8, 2, 9, 0]);
    expect([...laid.mask]).toEqual([1, 1, 1, 0]);
  });
});
