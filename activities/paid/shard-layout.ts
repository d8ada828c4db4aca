/**
 * How rows that are paid for are divided into shards, and the names of the objects that hold their answers.
 *
 * A row's shard depends on a hash of its id alone, so that a later run finds its answers. The names tell where an answer
 * belongs and what it cost, so that a listing is enough to know what was spent.
 */
import { createHash } from 'node:crypto';
import type { Spending, Spent } from '../../contracts/shards.js';
import type { ProviderName } from '../../recipe/sections/providers.js';

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

/** Of an object of answers. */
export interface LogPiece {
  /** The collection that paid, the first 16 digits of its stage key. */
  collection: string;
  spending: Spending;
}

/** Bits of a row's place among the buckets. */
const bucketBits = 16;
const root = 'answers';

/** The bucket of a row, `bucketBits` binary digits: rows of one id always meet in one bucket, whatever the shards. */
export function bucketOf(rowId: string): string {
  const bits = createHash('sha256').update(rowId).digest().readUInt16BE(0);
  return bits.toString(2).padStart(bucketBits, '0');
}

/** Where a shard's own pieces lie: shard i of 2^k holds the buckets whose first k digits are i's. */
export function shardPrefix(kind: string, bits: string): string {
  return `${root}/${kind}/b${bits}`;
}

/** The prefixes to list for all that may hold a bucket below `bits`: the shards it was cut from, itself, and its parts. */
export function prefixesFor(kind: string, bits: string): string[] {
  const ancestors = Array.from({ length: bits.length }, (_, length) => bits.slice(0, length));
  return [...ancestors.map((own) => `${shardPrefix(kind, own)}/`), shardPrefix(kind, bits)];
}

/** Every answer of a kind. */
export function kindPrefix(kind: string): string {
  return `${root}/${kind}/`;
}

/** `answers/<kind>/b<bits>/<collection>-<what it cost>-<name>.jsonl` */
export function pieceKey(
  place: { kind: string; bits: string },
  piece: LogPiece,
  name: string,
): string {
  const cost = Object.entries(piece.spending)
    .map(([provider, { calls, cost }]) => `${provider}=${calls}=${Math.round(cost * 1e6)}`)
    .join('.');
  const parts = [piece.collection, cost, name];
  return `${shardPrefix(place.kind, place.bits)}/${parts.join('-')}.jsonl`;
}

/** What the name of a piece says; undefined for another object. */
export function parsePieceKey(key: string): LogPiece | undefined {
  const found = /\/b[01]*\/([0-9a-f]{16})-([a-z0-9=.]+)-[0-9a-f]+\.jsonl$/.exec(key);
  if (found === null) return undefined;
  const [, collection = '', cost = ''] = found;
  const spending: Spending = {};
  for (const part of cost.split('.')) {
    const [provider = '', calls, micros] = part.split('=');
    spending[provider as ProviderName] = { calls: Number(calls), cost: Number(micros) / 1e6 };
  }
  return { collection, spending };
}

/** Adds what was spent to a sum. */
export function addSpending(sum: Spending, more: Spending): void {
  for (const [provider, { calls, cost }] of Object.entries(more) as [ProviderName, Spent][]) {
    const own = (sum[provider] ??= { calls: 0, cost: 0 });
    own.calls += calls;
    own.cost += cost;
  }
}

/** What was spent from one moment to a later one. */
export function spendingSince(before: Spending, now: Spending): Spending {
  const since: Spending = {};
  for (const [provider, own] of Object.entries(now) as [ProviderName, Spent][]) {
    const { calls, cost } = before[provider] ?? { calls: 0, cost: 0 };
    if (own.calls > calls || own.cost > cost) {
      since[provider] = { calls: own.calls - calls, cost: own.cost - cost };
    }
  }
  return since;
}
