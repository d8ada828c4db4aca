import { describe, expect, it } from 'vitest';
import { ppoSchema } from '../../../../recipe/sections/ppo.js';
import {
  addValues,
  noMoments,
  repetition,
  runningStd,
  shapeRewards,
} from '../../../../engine/ppo/shape-rewards.js';
import type { RewardScorer } from '../../../../engine/ppo/shape-rewards.js';

const reward = (options: object = {}): ReturnType<typeof ppoSchema.parse>['reward'] =>
  ppoSchema.parse({ reward: { minusTarget: false, missingEndPenalty: 0, ...options } }).reward;
/** pick = length of y, aesthetic = 10. */
const score: RewardScorer = (rows) => ({
  pick: rows.map(({ y }) => y.length),
  aesthetic: rows.map(() => 10),
});
const text = (
  y: string,
  more: object = {},
): { x: string; y: string; target: string; ended: boolean } => ({
  x: 'cat',
  y,
  target: 'cat!!',
  ended: true,
  ...more,
});

describe('shapeRewards', () => {
  it('mixes 0.7 of PickScore and 0.3 of the aesthetic score', () => {
    expect(
      shapeRewards([text('cat')], score, { reward: reward(), groupSize: 1 }).mixed[0],
    ).toBeCloseTo(0.7 * 3 + 0.3 * 10, 12);
  });

  it("subtracts the reward of the row's own target when asked", () => {
    const { shaped } = shapeRewards([text('cats are')], score, {
      reward: reward({ minusTarget: true }),
      groupSize: 1,
    });
    expect(shaped[0]).toBeCloseTo(0.7 * (8 - 5), 12);
  });

  it('leaves differences within a group only', () => {
    const { shaped } = shapeRewards(
      [text('cat'), text('cat, a'), text('cat'), text('cat')],
      score,
      { reward: reward(), groupSize: 2 },
    );
    expect(shaped.map((value) => value.toFixed(6))).toEqual([
      '-1.050000',
      '1.050000',
      '0.000000',
      '0.000000',
    ]);
  });

  it('takes away for a missing end, for lost content and for repetition', () => {
    const shapedBy = (y: string, options: object, more: object = {}): number => {
      const { shaped, mixed } = shapeRewards([text(y, more)], score, {
        reward: reward(options),
        groupSize: 1,
      });
      return shaped[0]! - mixed[0]!;
    };
    expect(shapedBy('cat', { missingEndPenalty: 0.5 }, { ended: false })).toBeCloseTo(-0.5, 12);
    expect(shapedBy('dog', { contentFloor: 2 })).toBeCloseTo(-2, 12);
    expect(shapedBy('cat', { contentFloor: 2 })).toBeCloseTo(0, 12);
    // Segments "a b" "a b": half repeated. Word pairs ab, ba, ab: one third repeated.
    expect(repetition('a b, a b')).toBeCloseTo(0.5 + 1 / 3, 12);
    expect(repetition('')).toBe(0);
  });
});

describe('running moments', () => {
  it('are those of all values, however they arrive', () => {
    const values = [3, 1, 4, 1, 5, 9, 2, 6];
    const once = addValues(noMoments, values);
    const twice = addValues(addValues(noMoments, values.slice(0, 3)), values.slice(3));
    expect(twice).toEqual(once);
    // Mean 31/8, squared deviations 52.875, over 7.
    expect(runningStd(once)).toBeCloseTo(Math.sqrt(52.875 / 7), 12);
    expect(runningStd(addValues(noMoments, [7]))).toBe(1);
  });
});
