import { describe, expect, it } from 'vitest';
import { EpochBatches, planBatches } from '../../../../engine/batches/plan-batches.js';

const lengths = Array.from({ length: 200 }, (_, index) => 5 + ((index * 37) % 60));

describe('planBatches', () => {
  it('takes every row once, in full batches, in an order that only the keys decide', () => {
    const batches = planBatches(lengths, 8, [1, 2]);
    expect(batches.every((batch) => batch.length === 8)).toBe(true);
    expect([...batches.flat()].sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
    expect(planBatches(lengths, 8, [1, 2])).toEqual(batches);
    expect(planBatches(lengths, 8, [1, 3])).not.toEqual(batches);
  });

  it('puts rows of like length together', () => {
    const padded = (batches: number[][]): number =>
      batches.reduce(
        (sum, batch) => sum + batch.length * Math.max(...batch.map((row) => lengths[row]!)),
        0,
      );
    const real = lengths.reduce((sum, length) => sum + length, 0);
    expect(padded(planBatches(lengths, 8, [1]))).toBeLessThan(real * 1.2);
  });

  it('says how many rows it needs', () => {
    expect(() => planBatches([1, 2], 8, [1])).toThrow(
      /expected at least 8 rows \(one batch\), found 2/,
    );
  });
});

describe('EpochBatches', () => {
  const rows = lengths.map((length, index) => ({
    ids: new Array<number>(length).fill(index),
    counted: [],
  }));
  const open = (): EpochBatches<(typeof rows)[number]> =>
    new EpochBatches({ rowCount: 200, batchSize: 8, epochs: 2.5, seed: 3, rowsOf: () => rows });

  it('has whole batches of every pass, rounded to whole steps', () => {
    // 200 rows are 25 batches; 2.5 passes are 62.5.
    expect(open().stepCount).toBe(63);
  });

  it('takes every row once a pass, in another order each pass', () => {
    const batches = open();
    const pass = (number: number): number[] =>
      Array.from({ length: 25 }, (_, step) => batches.at(number * 25 + step))
        .flat()
        .map((row) => row.ids[0]!);
    expect([...pass(0)].sort((a, b) => a - b)).toEqual(lengths.map((_, index) => index));
    expect([...pass(1)].sort((a, b) => a - b)).toEqual([...pass(0)].sort((a, b) => a - b));
    expect(pass(1)).not.toEqual(pass(0));
  });

  it('gives a step the same rows whatever was asked before', () => {
    const batches = open();
    const first = batches.at(40);
    batches.at(2);
    expect(batches.at(40)).toEqual(first);
    expect(open().at(40)).toEqual(first);
  });
});
