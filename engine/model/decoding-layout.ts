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
const FIRST_CHUNK = 32;

/** Batch sizes that have graphs, falling, each a quarter of the one before: rows that end let the rest move down. */
export function batchLevels(batchSize: number): number[] {
  const levels = [batchSize];
  while (levels.length < MOST_LEVELS && levels.at(-1)! > SMALLEST_LEVEL)
    levels.push(Math.ceil(levels.at(-1)! / LEVEL_RATIO));
  return levels;
}

/** The smallest level that holds the rows. */
export function levelFor(batchSize: number, rows: number): number {
  return batchLevels(batchSize).findLast((level) => level >= rows) ?? batchSize;
}

/** Slots of each part of the cache of new tokens; a position attends to no part that is not begun. */
export function chunkSizes(maxNewTokens: number): number[] {
  const sizes: number[] = [];
  for (let rest = maxNewTokens, size = FIRST_CHUNK; rest > 0; rest -= size, size *= 2)
    sizes.push(Math.min(size, rest));
  return sizes;
}

/** How many parts are begun when `position` new tokens are there. */
export function chunksAt(maxNewTokens: number, position: number): number {
  const sizes = chunkSizes(maxNewTokens);
  let end = 0;
  return sizes.findIndex((size) => position < (end += size)) + 1;
}
