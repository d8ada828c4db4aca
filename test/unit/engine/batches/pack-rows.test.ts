import { describe, expect, it } from 'vitest';
import {
  bucketLength,
  bucketLengths,
  everyBucket,
  packRows,
} from '../../../../engine/batches/pack-rows.js';

describe('buckets of lengths', () => {
  it('round lengths up, the longest at most', () => {
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
    expect([...packed.ids]).toEqual([5, 6, 7, 3, 8, 9, 3, 3]);
    expect([...packed.mask]).toEqual([1, 1, 1, 0, 1, 1, 0, 0]);
    expect([...packed.labels]).toEqual([6, 7, 0, 0, 9, 0, 0, 0]);
    expect([...packed.lossWeight]).toEqual([0, 1, 0, 0, 1, 0, 0, 0]);
  });

  it('refuses a row that does not fit', () => {
    expect(() => packRows([{ ids: [1, 2, 3], counted: [0, 0, 0] }], 2, 3)).toThrow(
      'row of 3 tokens in a batch of length 2',
    );
  });
});
