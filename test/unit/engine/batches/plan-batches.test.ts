import { describe, expect, it } from 'vitest';
import { packRows } from '../../../../engine/batches/pack-rows.js';
import {
  bucketLength,
  bucketLengths,
  everyBucket,
  planBatches,
} from '../../../../engine/batches/plan-batches.js';

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

  it('rounds lengths up to buckets, the longest at most', () => {
    expect([1, 16, 17, 100, 112].map((length) => bucketLength(length, 100))).toEqual([
      16, 16, 32, 100, 100,
    ]);
    expect(bucketLengths([3, 20, 18, 90], 100)).toEqual([16, 32, 96]);
    expect(everyBucket(40)).toEqual([16, 32, 40]);
  });
});

describe('packRows', () => {
  it('shifts labels by one, pads on the right and counts only what the rows count', () => {
    const packed = packRows(
      [
        { ids: [5, 6, 7], counted: [0, 0, 1] },
        { ids: [8, 9], counted: [1, 1] },
      ],
      4,
      3,
    );
    expect([...packed['ids']!]).toEqual([5, 6, 7, 3, 8, 9, 3, 3]);
    expect([...packed['mask']!]).toEqual([1, 1, 1, 0, 1, 1, 0, 0]);
    expect([...packed['labels']!]).toEqual([6, 7, 0, 0, 9, 0, 0, 0]);
    expect([...packed['lossWeight']!]).toEqual([0, 1, 0, 0, 1, 0, 0, 0]);
  });

  it('refuses a row that does not fit', () => {
    expect(() => packRows([{ ids: [1, 2, 3], counted: [0, 0, 0] }], 2, 3)).toThrow(
      'row of 3 tokens in a batch of length 2',
    );
  });
});
