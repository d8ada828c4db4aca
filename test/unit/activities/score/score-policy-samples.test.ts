import { expect, it } from 'vitest';
import { scorerCurve } from '../../../../activities/score/score-policy-samples.js';
import type { PolicySample } from '../../../../contracts/records.js';

const sample = (iteration: number, rowId: string, y: string, score: number): PolicySample => ({
  iteration,
  rowId,
  x: 'a red cat',
  y,
  rewardModelScore: score,
});
const standards = { pick: { mean: 20, std: 2 }, aesthetic: { mean: 5, std: 0.5 } };

it('puts the scorer beside the reward models in the same units, by iteration', () => {
  const samples = [
    sample(5, 'a', 'a red cat, 8k', 0.6),
    sample(0, 'a', 'a red cat', 0.1),
    sample(0, 'b', 'a cat', 0.3),
    sample(5, 'b', 'a red cat, dark', 0.8),
  ];
  const scores = [
    { pick: 22, aesthetic: 5.5 },
    { pick: 20, aesthetic: 5 },
    { pick: 18, aesthetic: 5 },
    { pick: 24, aesthetic: 5 },
  ];
  const curve = scorerCurve(samples, scores, standards);
  expect(curve.map((row) => row.iteration)).toEqual([0, 5]);
  // By hand: z(pick) 0 and -1, z(aesthetic) 0 and 0: mean of 0 and -0.7. Content kept 1 and 1/2.
  expect(curve[0]!.scorer).toBeCloseTo(-0.35, 12);
  expect(curve[0]!.rewardModel).toBeCloseTo(0.2, 12);
  expect(curve[0]).toMatchObject({
    pick: 19,
    aesthetic: 5,
    contentKept: 0.75,
    words: 2.5,
    count: 2,
  });
  // 0.7 x 1 + 0.3 x 1 and 0.7 x 2.
  expect(curve[1]!.scorer).toBeCloseTo(1.2, 12);
});

it('leaves a description without a score out of every iteration', () => {
  const samples = [
    sample(0, 'a', 'x', 1),
    sample(0, 'b', 'x', 3),
    sample(1, 'a', 'x', 1),
    sample(1, 'b', 'x', 3),
  ];
  const score = { pick: 20, aesthetic: 5 };
  const curve = scorerCurve(samples, [score, score, undefined, score], standards);
  expect(curve.map((row) => [row.count, row.rewardModel])).toEqual([
    [1, 3],
    [1, 3],
  ]);
});
