import type { SamplingShape } from './sampling.js';

/** Sizes and choices that are fixed in the graphs of one generator. */
export interface DecodingShape extends SamplingShape {
  /** Most rows side by side. */
  batchSize: number;
  /** Prompts are left-padded to this; at least 2. */
  promptTokens: number;
  maxNewTokens: number;
  repetitionPenalty: number;
}

/** Below this a smaller batch is hardly faster. */
const SMALLEST_LEVEL = 4;
const MOST_LEVELS = 3;
/** A level costs the first run of its graphs (about 0.2 s each), and half the rows take more than half the time. */
const LEVEL_RATIO = 4;
/** Rows come in whole vectors of this many; see `COLUMN_UNIT` in engine/kernels/kernels.h. */
const ROW_UNIT = 4;

const wholeVectors = (rows: number): number => Math.ceil(rows / ROW_UNIT) * ROW_UNIT;

/** Batch sizes that have graphs, falling, each about a quarter of the one before: rows that end let the rest move down. */
export function batchLevels(batchSize: number): number[] {
  const levels = [wholeVectors(batchSize)];
  while (levels.length < MOST_LEVELS && levels.at(-1)! > SMALLEST_LEVEL)
    levels.push(wholeVectors(levels.at(-1)! / LEVEL_RATIO));
  return levels;
}

/** The smallest level that holds the rows. */
export function levelFor(batchSize: number, rows: number): number {
  const levels = batchLevels(batchSize);
  return levels.findLast((level) => level >= rows) ?? levels[0]!;
}
