import { randomBytes } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { addSpending, type Spending, type Spent } from '../../contracts/shards.js';
import { sha256 } from '../../files/digest.js';
import { formatJsonl, parseJsonl } from '../../files/jsonl.js';
import type { ProviderName } from '../../recipe/sections/providers.js';
import { mapInParallel } from '../../storage/file-set.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { untilAnswered } from '../../storage/until-answered.js';
import { itemAt } from '../../text/item-at.js';
import {
  parseSegmentKey,
  prefixesFor,
  segmentKey,
  shardPrefix,
  shortStageKey,
} from './shard-layout.js';

/** Answers wait this long for others, so that one object holds many: a row is done no sooner. */
const gatherMs = 100;
/** Wait between attempts to store answers that are paid for. */
const retryMs = 500;

const entrySchema = z.strictObject({
  /** Digest of the request. */
  key: z.string(),
  /** The log part of the row. */
  bucket: z.string(),
  provider: z.string(),
  cost: z.number(),
  /** How many calls it took; one where absent. Of answers that came together one counts them all. */
  calls: z.int().nonnegative().optional(),
  value: z.json(),
});
type Entry = z.infer<typeof entrySchema>;

/** Which answers, and where they lie. */
export interface LogPlace {
  /** What they are for: `collect` or `scores`. */
  kind: string;
  /** The shard, as binary digits; empty for everything. */
  bits: string;
  /** Key of the stage that pays. */
  stageKey: string;
}

interface Waiting {
  entry: Entry;
  done: () => void;
  failed: (error: unknown) => void;
}

/**
 * The answers of a shard that were paid for, by the request they answer: an answer is paid for once, whatever recipe
 * asks for it again.
 *
 * Objects are immutable and hold the answers of a moment; a killed attempt loses at most those under way.
 */
export class AnswerLog {
  readonly #store: ObjectStore;
  readonly #place: LogPlace;
  readonly #signal: AbortSignal;
  readonly #known = new Map<string, Entry>();
  /** This stage's segments of this very shard, and what they hold. */
  readonly #own = { keys: [] as string[], entries: [] as Entry[] };
  readonly #forgotten = new Set<string>();
  readonly #spent: Spending = {};
  #waiting: Waiting[] = [];
  #gathering: Promise<void> | undefined;
  readonly #puts = new Set<Promise<void>>();

  /** See `openAnswerLog`. */
  constructor(store: ObjectStore, place: LogPlace, signal: AbortSignal) {
    this.#store = store;
    this.#place = place;
    this.#signal = signal;
  }

  /** Reads what is recorded. @throws what the store throws. */
  async read(): Promise<void> {
    const { kind, bits, stageKey } = this.#place;
    const paid = new Set<string>();
    for (const prefix of prefixesFor(kind, bits)) {
      const keys: string[] = [];
      for await (const { key } of this.#store.list(prefix)) {
        const name = parseSegmentKey(key);
        if (name === undefined) continue;
        keys.push(key);
        if (name.stage !== shortStageKey(stageKey)) continue;
        if (key.startsWith(`${shardPrefix(kind, bits)}/`)) this.#own.keys.push(key);
        if (key.startsWith(shardPrefix(kind, bits))) paid.add(key);
      }
      keys.sort();
      // In the order of their names, so that of two answers to one request every attempt takes the same.
      const segments = await mapInParallel(keys, (key) => readSegment(this.#store, key));
      for (const [index, entries] of segments.entries()) {
        const key = itemAt(keys, index);
        const isOwn = this.#own.keys.includes(key);
        for (const entry of entries) {
          if (!entry.bucket.startsWith(bits) || this.#known.has(entry.key)) continue;
          this.#known.set(entry.key, entry);
          if (isOwn) this.#own.entries.push(entry);
          // Counted by what the segments hold: a kill while they were joined leaves answers twice.
          if (paid.has(key)) addSpending(this.#spent, sumOf([entry]));
        }
      }
    }
  }

  /** What the stage has paid for this shard so far, in this run and before. */
  get spent(): Spending {
    return this.#spent;
  }

  /** The recorded answer; null for a forgotten one, undefined if there is none. */
  find(key: string): unknown {
    return this.#known.get(key)?.value;
  }

  /** Resolves once the answer cannot be lost any more. @throws what the store throws if waiting cannot help. */
  record(
    answer: Omit<Entry, 'bucket' | 'value'> & { logPart: string; value: unknown },
  ): Promise<void> {
    const { key, logPart: bucket, provider, cost, value, calls = 1 } = answer;
    const entry = { key, bucket, provider, cost, value, ...(calls !== 1 && { calls }) } as Entry;
    this.#known.set(key, entry);
    return new Promise((done, failed) => {
      this.#waiting.push({ entry, done, failed });
      this.#gathering ??= this.#gather();
    });
  }

  /** Drops an answer that is not needed again: once segments are joined, only what it cost is kept, and `find` gives null. */
  forget(key: string): void {
    this.#forgotten.add(key);
  }

  /** Stores what waits. With `join`, the segments of this stage become one. */
  async close({ join }: { join: boolean }): Promise<void> {
    while (this.#gathering !== undefined || this.#puts.size > 0) {
      await Promise.all([this.#gathering, ...this.#puts]);
    }
    if (join && (this.#own.keys.length > 1 || this.#forgotten.size > 0)) await this.#join();
  }

  async #gather(): Promise<void> {
    const signal = this.#signal;
    if (!signal.aborted) await delay(gatherMs, undefined, { signal }).catch(() => undefined);
    // Answers that come while these are stored wait for the next object, not for this one.
    const put = this.#storeBatch(this.#waiting).finally(() => this.#puts.delete(put));
    this.#puts.add(put);
    this.#waiting = [];
    this.#gathering = undefined;
  }

  async #storeBatch(batch: Waiting[]): Promise<void> {
    const entries = batch.map(({ entry }) => entry);
    const spending = sumOf(entries);
    const key = segmentKey(this.#place, spending, randomBytes(8).toString('hex'));
    try {
      await untilAnswered(() => this.#store.put(key, formatJsonl(entries)), {
        signal: this.#signal,
        longestWaitMs: retryMs,
      });
      this.#own.keys.push(key);
      this.#own.entries.push(...entries);
      addSpending(this.#spent, spending);
      for (const { done } of batch) {
        done();
        // All rows at once would keep answers waiting, which then come in clumps for ever after.
        await nextTurn();
      }
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
  }

  /** The segments go after the whole is stored, so that a kill in between leaves answers twice and never none. */
  async #join(): Promise<void> {
    const { keys, entries } = this.#own;
    const sorted = entries
      .map((entry) => (this.#forgotten.has(entry.key) ? { ...entry, value: null } : entry))
      .sort((a, b) => (a.key < b.key ? -1 : 1));
    const text = formatJsonl(sorted);
    // Named by what it holds: two attempts that join the same segments write one object.
    const joined = segmentKey(this.#place, sumOf(sorted), sha256(text).slice(0, 16));
    await this.#store.put(joined, text);
    await mapInParallel(
      keys.filter((key) => key !== joined),
      (key) => this.#store.delete(key),
    );
  }
}

/** The log of a shard, with what is recorded in it. @throws what the store throws. */
export async function openAnswerLog(
  store: ObjectStore,
  place: LogPlace,
  signal: AbortSignal,
): Promise<AnswerLog> {
  const log = new AnswerLog(store, place, signal);
  await log.read();
  return log;
}

/** The answers of one object; none if it is gone. @throws what the store throws, or ZodError if they are damaged. */
export async function readSegment(store: ObjectStore, key: string): Promise<Entry[]> {
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
