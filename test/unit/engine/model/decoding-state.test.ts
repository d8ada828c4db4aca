import { describe, expect, it } from 'vitest';
import { batchLevels, levelFor } from '../../../../engine/model/decoding-state.js';

const sizes = Array.from({ length: 40 }, (_, index) => index + 1);

describe('batchLevels', () => {
  it('falls from the batch size in whole vectors of 4 rows, each level at least a quarter of the one before', () => {
    for (const size of sizes) {
      const levels = batchLevels(size);
      expect(levels[0]).toBe(4 * Math.ceil(size / 4));
      expect(levels.every((level) => level % 4 === 0)).toBe(true);
      for (const [index, level] of levels.slice(1).entries()) {
        expect(level).toBeLessThan(levels[index]!);
        expect(level * 4).toBeGreaterThanOrEqual(levels[index]!);
      }
    }
  });

  it('gives every number of rows the smallest level that holds it', () => {
    for (const size of sizes) {
      for (let rows = 1; rows <= size; rows += 1) {
        const level = levelFor(size, rows);
        expect(level).toBeGreaterThanOrEqual(rows);
        expect(batchLevels(size).filter((other) => other >= rows && other < level)).toEqual([]);
      }
    }
  });
});
