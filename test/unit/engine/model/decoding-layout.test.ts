import { describe, expect, it } from 'vitest';
import {
  batchLevels,
  chunksAt,
  chunkSizes,
  levelFor,
} from '../../../../engine/model/decoding-layout.js';

const sizes = Array.from({ length: 40 }, (_, index) => index + 1);

describe('batchLevels', () => {
  it('falls from the batch size, each level at least a quarter of the one before', () => {
    for (const size of sizes) {
      const levels = batchLevels(size);
      expect(levels[0]).toBe(size);
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

describe('chunkSizes', () => {
  it('has a slot for each new token, and no part is begun before its first token', () => {
    for (const count of [...sizes, 256, 2048]) {
      const chunks = chunkSizes(count);
      expect(chunks.reduce((sum, size) => sum + size, 0)).toBe(count);
      let begin = 0;
      for (const [index, size] of chunks.entries()) {
        expect(chunksAt(count, begin)).toBe(index + 1);
        begin += size;
        expect(chunksAt(count, begin - 1)).toBe(index + 1);
      }
    }
  });
});
