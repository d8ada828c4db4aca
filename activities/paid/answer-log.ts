import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import type { ShardPlan, Spending, Spent } from '../../contracts/shards.js';
import type { ProviderName } from '../../recipe/sections/providers.js';
import { sha256 } from '../../files/digest.js';
import { formatJsonl, parseJsonl } from '../../files/jsonl.js';
import { mapInParallel } from '../../storage/file-set.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { itemAt } from '../../text/item-at.js';
import { StoreUnavailableError } from '../../storage/store-errors.js';
import {
  addSpending,
  kindPrefix,
  parsePieceKey,
  pieceKey,
  prefixesFor,
  shardPrefix,
  shardBits,
} from './shard-layout.js';

/** Answers wait this long for others, so that one object holds many: a row is done no sooner. */
const gatherMs = 100;
/** Waits between attempts to store answers that are paid for. */
const retryMs = 500;

const entrySchema = z.strictObject({
  key: z.string(),
  bucket: z.string(),
  provider: z.string(),
  cost: z.number(),
  /** Absent: one. */
  calls: z.int().nonnegative().optional(),
  value: z.json(),
});
type Entry = z.infer<typeof entrySchema>;

/** Whose answers, and where they lie. */
export interface LogPlace {
  /** What they are for: `collect` or `scores`. */
  kind: string;
  /** The shard, as binary digits; empty for everything. */
  bits: string;
  /** Key of the stage that pays. */
  stageKey: string;
}

export interface PaidAnswer {
  /** Digest of the request. */
  key: string;
  bucket: string;
  provider: ProviderName;
  cost: number;
  /** How many calls it took; one, unless it came with others: those are counted at one of them. */
  calls?: number;
  /** JSON. */
  value: unknown;
}

interface Waiting {
  entry: Entry;
  done: () => void;
  failed: (error: unknown) => void;
}

/** Answers that were paid for, by the request they answer. */
export interface AnswerLog {
  find(key: string): unknown;
  /** Resolves once the answer cannot be lost any more. @throws what the store throws if waiting cannot help. */
  record(answer: PaidAnswer): Promise<void>;
  /** Nobody needs the answer any more: where pieces are joined, only what it cost is kept, and `find` gives null. */
  forget(key: string): void;
  /** What the collection has paid for this shard so far, in this run and before. */
  readonly spent: Spending;
  /** Stores what waits. With `join`, the pieces of this collection become one. */
  close(options: { join: boolean }): Promise<void>;
}

/**
 * The log of a shard's paid answers: whoever asked before, under whatever recipe, has paid for everyone.
 *
 * Objects are immutable and hold the answers of a moment; a killed attempt loses at most those under way.
 * @throws what the store throws.
 */
export async function openAnswerLog(
  store: ObjectStore,
  place: LogPlace,
  signal: AbortSignal,
): Promise<AnswerLog> {
  const known = new Map<string, Entry>();
  /** This collection's pieces of this very shard, and what they hold. */
  const own = { keys: [] as string[], entries: [] as Entry[], forgotten: new Set<string>() };
  const paid = new Set<string>();
  const spent: Spending = {};
  const collection = place.stageKey.slice(0, 16);
  const ownPrefix = `${shardPrefix(place.kind, place.bits)}/`;
  for (const prefix of prefixesFor(place.kind, place.bits)) {
    const keys: string[] = [];
    for await (const { key } of store.list(prefix)) {
      const piece = parsePieceKey(key);
      if (piece === undefined) continue;
      keys.push(key);
      if (piece.collection !== collection) continue;
      if (key.startsWith(ownPrefix)) own.keys.push(key);
      if (key.startsWith(shardPrefix(place.kind, place.bits))) paid.add(key);
    }
    keys.sort();
    // In the order of their names, so that of two answers to one request every attempt takes the same.
    const pieces = await mapInParallel(keys, (key) => readPiece(store, key));
    for (const [index, entries] of pieces.entries()) {
      const key = itemAt(keys, index);
      const isOwn = own.keys.includes(key);
      for (const entry of entries) {
        if (!entry.bucket.startsWith(place.bits) || known.has(entry.key)) continue;
        known.set(entry.key, entry);
        if (isOwn) own.entries.push(entry);
        // Counted by what the pieces hold: a kill while they were joined leaves answers twice.
        if (paid.has(key)) addSpending(spent, sumOf([entry]));
      }
    }
  }

  let waiting: Waiting[] = [];
  let gathering: Promise<void> | undefined;
  const puts = new Set<Promise<void>>();
  const gather = async (): Promise<void> => {
    if (!signal.aborted) await delay(gatherMs, undefined, { signal }).catch(() => undefined);
    // Answers that come while these are stored wait for the next object, not for this one.
    const put = storeBatch(waiting).finally(() => puts.delete(put));
    puts.add(put);
    waiting = [];
    gathering = undefined;
  };
  const storeBatch = async (batch: Waiting[]): Promise<void> => {
    const entries = batch.map(({ entry }) => entry);
    const piece = { collection, spending: sumOf(entries) };
    const key = pieceKey(place, piece, randomBytes(8).toString('hex'));
    try {
      await putPatiently(() => store.put(key, formatJsonl(entries)), signal);
      own.keys.push(key);
      own.entries.push(...entries);
      addSpending(spent, piece.spending);
      for (const { done } of batch) {
        done();
        // All rows at once would keep answers waiting, which then come in clumps for ever after.
        await nextTurn();
      }
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  };
  return {
    find: (key) => known.get(key)?.value,
    spent,
    record: ({ calls = 1, ...answer }) => {
      const entry = { ...answer, ...(calls !== 1 && { calls }) } as Entry;
      known.set(entry.key, entry);
      return new Promise((done, failed) => {
        waiting.push({ entry, done, failed });
        gathering ??= gather();
      });
    },
    forget: (key) => own.forgotten.add(key),
    close: async ({ join }) => {
      while (gathering !== undefined || puts.size > 0) await Promise.all([gathering, ...puts]);
      if (join && (own.keys.length > 1 || own.forgotten.size > 0))
        await joinPieces(store, place, own);
    },
  };
}

/** What a stage has paid so far, in all and for each shard, by the names of the objects alone. */
export async function findSpending(
  store: ObjectStore,
  { kind, stageKey, shardCount }: { kind: string; stageKey: string; shardCount: number },
): Promise<Pick<ShardPlan, 'spent' | 'spentByShard'>> {
  const spent: Spending = {};
  const spentByShard: Record<number, Spending> = {};
  const prefixes = Array.from({ length: shardCount }, (_, index) =>
    shardPrefix(kind, shardBits(index, shardCount)),
  );
  const collection = stageKey.slice(0, 16);
  for await (const { key } of store.list(kindPrefix(kind))) {
    const piece = parsePieceKey(key);
    if (piece?.collection !== collection) continue;
    addSpending(spent, piece.spending);
    const index = prefixes.findIndex((prefix) => key.startsWith(prefix));
    if (index >= 0) addSpending((spentByShard[index] ??= {}), piece.spending);
  }
  return { spent, spentByShard };
}

/** The pieces go after the whole is stored, so that a kill in between leaves answers twice and never none. */
async function joinPieces(
  store: ObjectStore,
  place: LogPlace,
  own: { keys: string[]; entries: Entry[]; forgotten: ReadonlySet<string> },
): Promise<void> {
  const { keys, forgotten } = own;
  const sorted = own.entries
    .map((entry) => (forgotten.has(entry.key) ? { ...entry, value: null } : entry))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const text = formatJsonl(sorted);
  const piece = { collection: place.stageKey.slice(0, 16), spending: sumOf(sorted) };
  // Named by what it holds: two who join the same pieces write one object.
  const joined = pieceKey(place, piece, sha256(text).slice(0, 16));
  await store.put(joined, text);
  await mapInParallel(
    keys.filter((key) => key !== joined),
    (key) => store.delete(key),
  );
}

/** The answers of one object; none if it is gone. @throws what the store throws, or ZodError if they are damaged. */
export async function readPiece(store: ObjectStore, key: string): Promise<Entry[]> {
  const stored = await store.get(key);
  // Joined meanwhile by another run: its answers are paid for once more at worst.
  if (stored === undefined) return [];
  return parseJsonl(new TextDecoder().decode(stored.body)).map((row) => entrySchema.parse(row));
}

function sumOf(entries: Entry[]): Spending {
  const sum: Spending = {};
  for (const { provider, cost, calls = 1 } of entries) {
    const own: Spent = (sum[provider as ProviderName] ??= { calls: 0, cost: 0 });
    own.calls += calls;
    own.cost += cost;
  }
  return sum;
}

/** Answers are paid for, so a store that is away for a while is waited for; an aborted attempt tries once. */
async function putPatiently(put: () => Promise<unknown>, signal: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await put();
      return;
    } catch (error) {
      if (!(error instanceof StoreUnavailableError) || signal.aborted) throw error;
      await delay(retryMs, undefined, { signal }).catch(() => undefined);
    }
  }
}
