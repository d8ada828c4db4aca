import { describe, expect, it } from 'vitest';
import { splitOf } from '../../../text/split.js';

const shares = { validationShare: 0.1, testShare: 0.2 };
const ids = Array.from({ length: 20_000 }, (_, index) => `row-${index}`);

describe('splitOf', () => {
  it('gives each split its share of the rows', () => {
    const counts = { train: 0, validation: 0, test: 0 };
    for (const id of ids) counts[splitOf(id, shares)] += 1;
    // Three standard deviations of a share of 20,000 are under 0.01.
    expect(counts.test / ids.length).toBeCloseTo(0.2, 1.9);
    expect(counts.validation / ids.length).toBeCloseTo(0.1, 1.9);
    expect(Math.abs(counts.test / ids.length - 0.2)).toBeLessThan(0.01);
  });

  it('never moves a test row into training when the test share grows', () => {
    const grown = { ...shares, testShare: 0.3 };
    for (const id of ids.slice(0, 2000)) {
      if (splitOf(id, shares) === 'test') expect(splitOf(id, grown)).toBe('test');
    }
  });

  it('stays the same for ever: rows of old runs must not leak into new ones', () => {
    const expected = ['p00000031a25', 'p00ece45efe5', 'p0041ce1454a'].map((id) =>
      splitOf(id, { validationShare: 0.04, testShare: 0.04 }),
    );
    expect(expected).toEqual(['train', 'test', 'validation']);
  });
});
