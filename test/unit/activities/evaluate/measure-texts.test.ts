import { describe, expect, it } from 'vitest';
import { compareMethods } from '../../../../activities/evaluate/compare-methods.js';
import {
  distinctPairShares,
  measureTexts,
  type ScoredRow,
  mixScores,
  standardsOf,
} from '../../../../activities/evaluate/measure-texts.js';
import { evaluationMethods, type MethodText } from '../../../../contracts/report.js';

const standards = { pick: { mean: 20, std: 2 }, aesthetic: { mean: 5, std: 0.5 } };

function heldOut(rowId: string, x: string, ppo: Partial<MethodText>): ScoredRow {
  const texts = Object.fromEntries(
    evaluationMethods.map((method) => [method, { y: `${x}, sharp`, ended: null }]),
  ) as ScoredRow['texts'];
  const scores = Object.fromEntries(
    evaluationMethods.map((method) => [method, { pick: 20, aesthetic: 5 }]),
  ) as ScoredRow['scores'];
  return { rowId, x, texts: { ...texts, ppo: { y: x, ended: true, ...ppo } }, scores };
}

describe('distinct-2', () => {
  it('counts a word pair that n texts share 1/n each time', () => {
    // "a b", "b c" / "a b": "a b" occurs twice; (1/2 + 1) / 2 and (1/2) / 1
    expect(distinctPairShares(['a b c', 'a b'])).toEqual([0.75, 0.5]);
  });

  it('falls within a loop', () => {
    // "so so" three times, 1/3 each
    expect(distinctPairShares(['so so so so'])[0]).toBeCloseTo(1 / 3, 12);
  });

  it('is zero for texts without word pairs', () => {
    expect(distinctPairShares(['', 'cat'])).toEqual([0, 0]);
  });
});

describe('mixed score', () => {
  it('adds 0.7 of the pick and 0.3 of the aesthetic score in standard deviations', () => {
    // (22 - 20) / 2 = 1; (4.5 - 5) / 0.5 = -1; 0.7 - 0.3
    expect(mixScores({ pick: 22, aesthetic: 4.5 }, standards)).toBeCloseTo(0.4, 12);
  });

  it('standardises by the population and survives labels that are all the same', () => {
    const labels = [
      { pick: 1, aesthetic: 4 },
      { pick: 3, aesthetic: 4 },
    ];
    expect(standardsOf(labels)).toEqual({
      pick: { mean: 2, std: 1 },
      aesthetic: { mean: 4, std: 1 },
    });
    expect(() => standardsOf([])).toThrow(RangeError);
  });
});

describe('measured texts', () => {
  it('takes an empty text: nothing kept, no words', () => {
    const [row] = measureTexts(
      [heldOut('1', 'a cat', { y: '', ended: false })],

      standards,
    );
    expect(row!.texts.ppo.metrics).toMatchObject({
      contentKept: 0,
      allContentKept: 0,
      words: 0,
      endedByItself: 0,
      distinct2: 0,
    });
  });

  it('leave out ended-by-itself where no model wrote the text', () => {
    const [row] = measureTexts([heldOut('1', 'a cat', {})], standards);
    expect(row!.texts.unchanged.metrics).not.toHaveProperty('endedByItself');
    expect(row!.texts.ppo.metrics.endedByItself).toBe(1);
  });

  it('tell half the content kept from all of it', () => {
    const [row] = measureTexts([heldOut('1', 'a red cat', { y: 'cat' })], standards);
    expect(row!.texts.ppo.metrics).toMatchObject({ contentKept: 0.5, allContentKept: 0 });
    expect(row!.texts.sft.metrics).toMatchObject({ contentKept: 1, allContentKept: 1 });
  });

  it('mix the reward models by the same standards', () => {
    const given = { rewardModelPick: 22, rewardModelAesthetic: 5 };
    const [row] = measureTexts([heldOut('1', 'a cat', given)], standards);
    expect(row!.texts.ppo.metrics.rewardModelMixed).toBeCloseTo(0.7, 12);
    expect(row!.texts.sft.metrics).not.toHaveProperty('rewardModelMixed');
  });
});

describe('compared methods', () => {
  it('find a gain that every row has, and none where nothing differs', async () => {
    const rows = Array.from({ length: 12 }, (_, row) => heldOut(`${row}`, 'a red cat', {}));
    for (const [index, row] of rows.entries()) {
      row.scores.ppo = { pick: 22 + (index % 3), aesthetic: 5 };
    }
    const measured = measureTexts(rows, standards);
    const { differences, methods } = await compareMethods(measured, { resamples: 200, seed: 3 });
    const gain = differences.find(({ of, against }) => of === 'ppo' && against === 'sft')!;
    expect(gain.metrics.mixed).toMatchObject({ verdict: 'higher' });
    expect(gain.metrics.mixed!.mean).toBeCloseTo(1.05, 6);
    expect(gain.metrics.aesthetic).toEqual({ mean: 0, low: 0, high: 0, verdict: 'unproven' });
    expect(gain.metrics).not.toHaveProperty('endedByItself');
    expect(methods.map(({ method }) => method)).toEqual([...evaluationMethods]);
  });
});
