import { expect, it } from 'vitest';
import { ppoGuardSchema } from '../../../../recipe/sections/optimiser.js';
import { guardKl, guardScore, guardUpdate } from '../../../../engine/ppo/guard-iteration.js';
import type { TrainingDivergedError } from '../../../../engine/training/guards.js';

const limits = ppoGuardSchema.parse({ maxKl: 4, maxScoreDrop: 1, maxGradientNorm: 10 });
const rows = (...scores: number[]): { step: number; 'objective/score': number }[] =>
  scores.map((score, index) => ({ step: index + 1, 'objective/score': score }));

function tripOf(check: () => void): TrainingDivergedError['details'] | undefined {
  try {
    check();
    return undefined;
  } catch (error) {
    return (error as TrainingDivergedError).details;
  }
}

it('lets the KL rise to its limit and no further', () => {
  guardKl(7, 4, limits);
  expect(
    tripOf(() => {
      guardKl(7, 4.25, limits);
    }),
  ).toEqual({
    measure: 'KL',
    value: '4.25000',
    expected: 'at most 4 nats a text',
    stepIndex: 7,
  });
  expect(
    tripOf(() => {
      guardKl(7, NaN, limits);
    })?.measure,
  ).toBe('KL');
});

it('compares the mean of three phases with the best three before', () => {
  // Means of three: 1, 1, then (1 + 1 - 1) / 3 = 1/3, (1 - 1 - 1) / 3 = -1/3.
  guardScore(3, { rows: rows(1, 1, 1), score: 1 }, limits);
  guardScore(4, { rows: rows(1, 1, 1, 1), score: -1 }, limits);
  const trip = tripOf(() => {
    guardScore(5, { rows: rows(1, 1, 1, 1, -1), score: -1 }, limits);
  });
  expect(trip).toMatchObject({ measure: 'score', value: '-0.333333', stepIndex: 5 });
  expect(trip?.expected).toContain('1 under the best, which was 1.00000');
});

it('says nothing of scores before there are three, of a rise, or when it is off', () => {
  guardScore(1, { rows: rows(5), score: -5 }, limits);
  guardScore(5, { rows: rows(-5, -5, -5), score: 5 }, limits);
  guardScore(5, { rows: rows(5, 5, 5, -5, -5), score: -5 }, { ...limits, maxScoreDrop: null });
});

it('wants the first ratio of a phase to be 1, and gradients within the limit', () => {
  const update = { count: 4, firstRatio: 1.001, means: { policyLoss: 1, norm: 9 } };
  guardUpdate(2, update, limits);
  expect(
    tripOf(() => {
      guardUpdate(2, { ...update, firstRatio: 1.02 }, limits);
    }),
  ).toMatchObject({
    measure: 'first ratio',
    value: '1.02',
  });
  expect(
    tripOf(() => {
      guardUpdate(2, { ...update, firstRatio: NaN }, limits);
    })?.measure,
  ).toBe('first ratio');
  const explosion = { ...update, means: { ...update.means, norm: 11 } };
  expect(
    tripOf(() => {
      guardUpdate(2, explosion, limits);
    })?.measure,
  ).toBe('gradient norm');
  const broken = { ...update, means: { ...update.means, valueLoss: Infinity } };
  expect(
    tripOf(() => {
      guardUpdate(2, broken, limits);
    })?.measure,
  ).toBe('valueLoss');
});
