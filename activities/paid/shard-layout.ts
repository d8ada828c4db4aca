/**
 * How rows that are paid for are divided into shards, and the names of the objects that hold their answers.
 *
 * A row's shard depends on a hash of its id alone, so that a later run finds its answers. The names tell where an answer
 * belongs and what it cost, so that a listing is enough to know what was spent.
 */
import { createHash } from 'node:crypto';
import type { Spending } from '../../contracts/shards.js';
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
/** Binary digits of a row's hash: its part of the log. */
const logPartBits = 16;

/** How many shards rows are divided into: a power of two, so that a shard of more rows is cut in halves. */
export function shardCountFor(rowCount: number): number {
  const wanted = Math.max(rowCount / rowsPerShard, Math.min(minShards, rowCount / smallestShard));
  return Math.min(maxShards, 2 ** Math.max(0, Math.ceil(Math.log2(wanted))));
}

/** The log parts of a shard, as the binary digits they begin with. */
export function shardBits(shardIndex: number, shardCount: number): string {
  const digits = Math.log2(shardCount);
  return digits === 0 ? '' : shardIndex.toString(2).padStart(digits, '0');
}

/** The shard of a row. */
export function shardOf(rowId: string, shardCount: number): number {
  const digits = Math.log2(shardCount);
  return digits === 0 ? 0 : Number.parseInt(logPartOf(rowId).slice(0, digits), 2);
}

/** Name of a shard of rows in the plan's artifact. */
export function shardFile(shardIndex: number): string {
  return `shard-${String(shardIndex).padStart(5, '0')}.jsonl`;
}

/** The part of the log that holds a row's answers, as binary digits: the same whatever the shards. */
export function logPartOf(rowId: string): string {
  const bits = createHash('sha256').update(rowId).digest().readUInt16BE(0);
  return bits.toString(2).padStart(logPartBits, '0');
}

/** What the name of an object of answers, a segment of the log, says. */
export interface SegmentName {
  /** The stage that paid: see `shortStageKey`. */
  stage: string;
  spending: Spending;
}

/** A stage as the names of its segments give it: the first 16 digits of its key. */
export function shortStageKey(stageKey: string): string {
  return stageKey.slice(0, 16);
}

/** Where a shard's own segments lie: shard i of 2^k holds the log parts whose first k digits are i's; '' is every shard. */
export function shardPrefix(kind: string, bits: string): string {
  return `answers/${kind}/b${bits}`;
}

/** The prefixes to list for all that may hold a log part below `bits`: the shards it was cut from, itself, and its parts. */
export function prefixesFor(kind: string, bits: string): string[] {
  const ancestors = Array.from({ length: bits.length }, (_, length) => bits.slice(0, length));
  return [...ancestors.map((own) => `${shardPrefix(kind, own)}/`), shardPrefix(kind, bits)];
}

/** `answers/<kind>/b<bits>/<stage>-<what it cost>-<unique>.jsonl` */
export function segmentKey(
  { kind, bits, stageKey }: { kind: string; bits: string; stageKey: string },
  spending: Spending,
  unique: string,
): string {
  const cost = Object.entries(spending)
    .map(([provider, { calls, cost }]) => `${provider}=${calls}=${Math.round(cost * 1e6)}`)
    .join('.');
  return `${shardPrefix(kind, bits)}/${[shortStageKey(stageKey), cost, unique].join('-')}.jsonl`;
}

/** What the name of a segment says; undefined for another object. */
export function parseSegmentKey(key: string): SegmentName | undefined {
  const found = /\/b[01]*\/([0-9a-f]{16})-([a-z0-9=.]+)-[0-9a-f]+\.jsonl$/.exec(key);
  if (found === null) return undefined;
  const [, stage = '', cost = ''] = found;
  const spending: Spending = {};
  for (const part of cost.split('.')) {
    const [provider = '', calls, micros] = part.split('=');
    spending[provider as ProviderName] = { calls: Number(calls), cost: Number(micros) / 1e6 };
  }
  return { stage, spending };
}
