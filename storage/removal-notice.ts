import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { canonicalJson } from '../files/digest.js';
import { putUnlessChanged, type ObjectStore } from './object-store.js';

/**
 * `gc/notice.json` names what is being removed now, so that no run takes it up meanwhile.
 *
 * A run that reuses an object first touches it and then reads the notice; the collector first writes the notice and then
 * looks for what was touched. One of the two always sees the other.
 */
export const noticeKey = 'gc/notice.json';

/** A collector that died blocks others for this long; a running one renews its notice. */
const leaseMs = 15 * 60_000;
/** A collector deletes nothing this close to the end of its lease, as a delay may carry it past the end. */
const marginMs = 60_000;

const noticeSchema = z.strictObject({
  version: z.literal(1),
  id: z.string(),
  /** Counts collections, so that one that came and went is noticed. */
  generation: z.int().positive(),
  /** ISO 8601; null once it has ended. */
  expiresAt: z.string().nullable(),
  /** Key prefixes without a trailing slash, or keys. */
  places: z.array(z.string()),
});
type Notice = z.infer<typeof noticeSchema>;

/** What was to be reused is being removed; a moment later it is gone and can be made anew. */
export class BeingRemovedError extends Error {
  constructor(place: string) {
    super(
      `Expected ${place} to stay and found that garbage collection is removing it. It can be made anew once that has ended; try again.`,
    );
    this.name = 'BeingRemovedError';
  }
}

/** Another collection runs, or died less than its lease ago. */
export class GarbageRunningError extends Error {
  constructor(store: ObjectStore, expiresAt: string) {
    super(
      `Expected no other garbage collection and found one in ${store.bucketUri}/${noticeKey}. Wait until it has ended; if it died, until ${expiresAt}.`,
    );
    this.name = 'GarbageRunningError';
  }
}

/** A collector was held up for longer than its lease: others may be using what it was about to delete. */
class LeaseLostError extends Error {
  constructor() {
    super(
      'Expected to hold the notice of this garbage collection and found its time over. What is left is whole; run it again.',
    );
    this.name = 'LeaseLostError';
  }
}

/**
 * What `use` returns, with none of the places removed between its start and its end.
 *
 * `use` must write to each place it relies on, so that a collector that starts meanwhile sees it.
 * @throws BeingRemovedError if a collector has announced one of the places; trying again later helps.
 */
export async function guardFromRemoval<Result>(
  store: ObjectStore,
  places: string[],
  use: () => Promise<Result>,
): Promise<Result> {
  const before = await readNotice(store);
  if (before && isRunning(before.notice)) assertNotNamed(before.notice, places);
  const result = await use();
  const after = await readNotice(store);
  const passed = (after?.notice.generation ?? 0) - (before?.notice.generation ?? 0);
  // The places of a collection before the last are forgotten: two or more count as one of ours.
  if (passed > 1) throw new BeingRemovedError(places[0] ?? 'it');
  if (passed === 1) assertNotNamed(after?.notice, places);
  return result;
}

/** A collector's hold on what it is about to delete. */
export interface Removal {
  /**
   * Extends the lease where it ends soon.
   *
   * @throws LeaseLostError if it has ended, or is about to.
   */
  renew(): Promise<void>;
  /** Ends the notice; one that cannot be written ends with its lease. */
  end(): Promise<void>;
}

/**
 * Announces what is about to be removed.
 * @throws GarbageRunningError if another collector is at work.
 */
export async function announceRemoval(store: ObjectStore, places: string[]): Promise<Removal> {
  const earlier = await readNotice(store);
  if (earlier !== undefined && isRunning(earlier.notice)) {
    throw new GarbageRunningError(store, earlier.notice.expiresAt ?? '');
  }
  const generation = (earlier?.notice.generation ?? 0) + 1;
  let expiresAt = Date.now() + leaseMs;
  const id = randomUUID();
  const text = (end: number | null): string => {
    const until = end === null ? null : new Date(end).toISOString();
    const notice: Notice = { version: 1, id, generation, expiresAt: until, places };
    return canonicalJson(notice);
  };
  const object = { key: noticeKey, body: text(expiresAt) };
  const announced = await putUnlessChanged(store, object, earlier);
  if (!announced) throw new GarbageRunningError(store, new Date(expiresAt).toISOString());
  let { etag } = announced;
  let renewing: Promise<void> | undefined;
  const renew = async (): Promise<void> => {
    const leftMs = expiresAt - Date.now();
    if (leftMs < marginMs) throw new LeaseLostError();
    if (leftMs > leaseMs / 2) return;
    const next = Date.now() + leaseMs;
    ({ etag } = await store.put(noticeKey, text(next), { ifMatch: etag }));
    expiresAt = next;
  };
  return {
    renew: () => (renewing ??= renew().finally(() => (renewing = undefined))),
    async end() {
      await store.put(noticeKey, text(null), { ifMatch: etag }).catch(() => undefined);
    },
  };
}

async function readNotice(
  store: ObjectStore,
): Promise<{ notice: Notice; etag: string } | undefined> {
  const stored = await store.get(noticeKey);
  if (stored === undefined) return undefined;
  const notice = noticeSchema.parse(JSON.parse(new TextDecoder().decode(stored.body)));
  return { notice, etag: stored.etag };
}

function isRunning({ expiresAt }: Notice): boolean {
  return expiresAt !== null && Date.parse(expiresAt) > Date.now();
}

function assertNotNamed(notice: Notice | undefined, places: string[]): void {
  const named = new Set(notice?.places);
  for (const place of places) if (named.has(place)) throw new BeingRemovedError(place);
}
