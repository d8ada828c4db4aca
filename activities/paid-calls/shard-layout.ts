/** How rows that are paid for are divided into shards: by a hash of their id, so that a later run finds its answers. */
import { bucketOf } from './log-name.js';

/**
 * Rows of a shard at most, up to the largest count of shards: what a worker holds in memory. Between two shards a part of
 * the providers' limits is idle for about half a second.
 */
const rowsPerShard = 5000;
/** More would make the history of a stage long. */
const maxShards = 256;
/** Fewer would leave places of the window idle, most of all at the end. */
const minShards = 8;
/** Below this a shard is not worth its activity. */
const smallestShard = 100;

/** How many shards rows are divided into: a power of two, so that a shard of more rows is cut in halves. */
export function shardCountFor(rowCount: number): number {
  const wanted = Math.max(rowCount / rowsPerShard, Math.min(minShards, rowCount / smallestShard));
  return Math.min(maxShards, 2 ** Math.max(0, Math.ceil(Math.log2(wanted))));
}

/** The shard's part of the buckets, as binary digits. */
export function shardBits(shardIndex: number, shardCount: number): string {
  const digits = Math.log2(shardCount);
  return digits === 0 ? '' : shardIndex.toString(2).padStart(digits, '0');
}

/** The shard of a row. */
export function shardOf(rowId: string, shardCount: number): number {
  const digits = Math.log2(shardCount);
  return digits === 0 ? 0 : Number.parseInt(bucketOf(rowId).slice(0, digits), 2);
}

/** Name of a shard of rows in the plan's artifact. */
export function shardFile(shardIndex: number): string {
  return `shard-${String(shardIndex).padStart(5, '0')}.jsonl`;
}
