import { describe, expect, it } from 'vitest';
import { readArtifact } from '../../../../storage/artifacts.js';
import { readCheckpoint } from '../../../../storage/checkpoints.js';
import { collectGarbage } from '../../../../storage/garbage/collect-garbage.js';
import type { Verdict } from '../../../../storage/garbage/verdict.js';
import type { ObjectStore } from '../../../../storage/object-store.js';
import { pinCheckpoint } from '../../../../storage/checkpoint-commit.js';
import { noticeKey } from '../../../../storage/removal-notice.js';
import { readStageRecord } from '../../../../storage/stage-cache.js';
import { withHook } from '../../../support/fakes/faulty-store.js';
import { makeFolder } from '../../../support/folders.js';
import {
  commitFor,
  DAY,
  HOUR,
  makeBucket,
  noRuns,
  publishFor,
  recordFor,
  writtenAgo,
  type MadeUpBucket,
} from '../../../support/made-up/made-up-bucket.js';
import { storeFiles } from '../../../support/made-up/made-up-run.js';
import { createMemoryStore, type MemoryStore } from '../../../support/fakes/memory-store.js';

const policy = { graceMs: DAY, abandonedMs: 7 * DAY };
/** Only use keeps anything. */
const eager = { graceMs: 0, abandonedMs: 0, olderThanMs: 0 };
const key = (letter: string): string => letter.repeat(64);

function collect(
  store: ObjectStore,
  options: Partial<Parameters<typeof collectGarbage>[1]> = {},
): Promise<Verdict[]> {
  const defaults = { policy, dryRun: false, settleMs: 0 };
  return collectGarbage(store, {
    ...defaults,
    findRuns: () => Promise.resolve(noRuns),
    ...options,
  });
}

const removed = (verdicts: Verdict[]): string[] =>
  verdicts.filter(({ isRemoved }) => isRemoved).map(({ unit }) => unit.place);
const keysOf = (store: MemoryStore): string[] =>
  [...store.objects.keys()].filter((name) => name !== noticeKey).sort();
const old = (store: MemoryStore, name: string, files: Record<string, string> = {}) =>
  writtenAgo(store, 30 * DAY, () => storeFiles(store, 'model', { weights: name, ...files }));

/** Fails unless all that something refers to can be read whole, and what a person wrote is there. */
async function expectWhole(bucket: MadeUpBucket): Promise<void> {
  const { store } = bucket;
  const folder = await makeFolder();
  for (const ref of bucket.artifacts) await readArtifact(store, ref, folder);
  for (const ref of bucket.checkpoints) await readCheckpoint(store, ref, folder);
  for (const stageKey of bucket.records)
    expect(await readStageRecord(store, stageKey)).toMatchObject({ stageKey });
  expect(keysOf(store)).toEqual(expect.arrayContaining(bucket.foreign));
}

describe('collectGarbage on buckets of random references', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'removes all garbage, nothing that is referred to, and nothing the second time (seed %i)',
    async (seed) => {
      const bucket = await makeBucket(seed);
      const findRuns = () => Promise.resolve(bucket.runs);
      const verdicts = await collect(bucket.store, { findRuns });
      await expectWhole(bucket);
      const left = new Set(keysOf(bucket.store));
      expect(bucket.garbage.filter((name) => left.has(name))).toEqual([]);
      expect(removed(verdicts).length).toBeGreaterThan(0);
      expect(removed(await collect(bucket.store, { findRuns }))).toEqual([]);
      expect(new Set(keysOf(bucket.store))).toEqual(left);
    },
  );

  it('leaves everything that is referred to whole wherever it is killed, and the next one ends its work', async () => {
    const bucket = await makeBucket(3);
    const findRuns = () => Promise.resolve(bucket.runs);
    const start = new Map(bucket.store.objects);
    for (let deletions = 0; ; deletions += 1) {
      bucket.store.objects.clear();
      for (const [name, stored] of start) bucket.store.objects.set(name, stored);
      let left = deletions;
      const dying = withHook(bucket.store, (method) => {
        if (method !== 'delete') return;
        if (left === 0) throw new Error('killed');
        left -= 1;
      });
      const outcome = await collect(dying, { findRuns }).catch(() => undefined);
      const whole = bucket.store.objects.size;
      await expectWhole(bucket);
      expect(bucket.store.objects.size).toBe(whole);
      await collect(bucket.store, { findRuns });
      expect(bucket.garbage.filter((name) => bucket.store.objects.has(name))).toEqual([]);
      if (outcome !== undefined) break;
    }
  });
});

describe('collectGarbage', () => {
  it('keeps the paths of a training that went back for as long as those of its stage', async () => {
    const store = createMemoryStore();
    const path = (letter: string): string => `${key(letter)}-30x0.5-20x0.25`;
    await writtenAgo(store, 30 * DAY, async () => {
      for (const letter of ['a', 'b', 'c']) await commitFor(store, path(letter), 5);
      await recordFor(store, key('a'), { model: await old(store, 'model') });
    });
    const runs = { ...noRuns, live: new Set([key('b')]) };
    const verdicts = await collect(store, { findRuns: () => Promise.resolve(runs) });
    expect(removed(verdicts)).toEqual([`checkpoints/${path('c')}/step-0000000005`]);
  });

  it('changes nothing when it only looks', async () => {
    const { store, runs } = await makeBucket(2);
    const before = new Map(store.objects);
    const verdicts = await collect(store, { dryRun: true, findRuns: () => Promise.resolve(runs) });
    expect(removed(verdicts).length).toBeGreaterThan(0);
    expect(store.objects).toEqual(before);
  });

  it('leaves what is younger than the grace period, and what that names', async () => {
    const store = createMemoryStore();
    const base = await old(store, 'base');
    await writtenAgo(store, 2 * HOUR, () =>
      storeFiles(store, 'report', { 'report.json': JSON.stringify({ base }) }),
    );
    expect(removed(await collect(store))).toEqual([]);
    const strict = { ...policy, graceMs: HOUR };
    expect(removed(await collect(store, { policy: strict }))).toHaveLength(2);
  });

  it('follows a version to its policy and to the data its card names', async () => {
    const store = createMemoryStore();
    const data = await old(store, 'data');
    const stranger = await old(store, 'stranger');
    const policyRef = await old(store, 'policy', { 'README.md': `data \`${data.digest}\`` });
    await publishFor(store, policyRef);
    expect(removed(await collect(store))).toEqual([`artifacts/model/${stranger.digest}`]);
  });

  it('keeps every stage record unless told an age, and then those used lately', async () => {
    const store = createMemoryStore();
    const [first, second] = [await old(store, 'first'), await old(store, 'second')];
    await writtenAgo(store, 30 * DAY, () => recordFor(store, key('a'), { model: first }));
    await writtenAgo(store, 30 * DAY, () => recordFor(store, key('b'), { model: second }));
    expect(removed(await collect(store))).toEqual([]);
    expect(await readStageRecord(store, key('b'))).toMatchObject({ outputs: { model: second } });
    const aged = { ...policy, olderThanMs: 10 * DAY };
    expect(removed(await collect(store, { policy: aged }))).toEqual([
      `stages/${key('a')}.json`,
      `artifacts/model/${first.digest}`,
    ]);
    expect(await readStageRecord(store, key('b'))).toMatchObject({ outputs: { model: second } });
  });

  it('removes the record whose artifact is gone', async () => {
    const store = createMemoryStore();
    const model = await old(store, 'model');
    await writtenAgo(store, 30 * DAY, () => recordFor(store, key('a'), { model }));
    await store.delete(`artifacts/model/${model.digest}/manifest.json`);
    expect(removed(await collect(store))).toContain(`stages/${key('a')}.json`);
  });

  it('keeps the checkpoints of a finished stage with its record, and lets them go with it', async () => {
    const store = createMemoryStore();
    const model = await old(store, 'model');
    await writtenAgo(store, 30 * DAY, async () => {
      await recordFor(store, key('a'), { model });
      await commitFor(store, key('a'), 3);
    });
    expect(removed(await collect(store))).toEqual([]);
    const aged = { ...policy, olderThanMs: 10 * DAY };
    expect(removed(await collect(store, { policy: aged }))).toContain(
      `checkpoints/${key('a')}/step-0000000003`,
    );
  });

  it('keeps the checkpoints of a stage that was given up for a while', async () => {
    const store = createMemoryStore();
    await writtenAgo(store, 3 * DAY, () => commitFor(store, key('a'), 3));
    expect(removed(await collect(store))).toEqual([]);
    const impatient = { ...policy, abandonedMs: 2 * DAY };
    expect(removed(await collect(store, { policy: impatient }))).toHaveLength(1);
  });

  it('drops the pin of a version that is no longer published', async () => {
    const store = createMemoryStore();
    await writtenAgo(store, 30 * DAY, async () => {
      const ref = await commitFor(store, key('a'), 3);
      await pinCheckpoint(store, ref, 'gone-1');
      await recordFor(store, key('a'), { model: await old(store, 'model') });
    });
    const verdicts = await collect(store);
    expect(removed(verdicts)).toEqual([`checkpoints/${key('a')}/step-0000000003/pins/gone-1.json`]);
  });

  it('keeps what the result of a finished run names, for as long as was asked', async () => {
    const store = createMemoryStore();
    const report = await old(store, 'report');
    const closedAt = Date.now() - 20 * DAY;
    const runs = { ...noRuns, finished: [{ digests: new Set([report.digest]), closedAt }] };
    const findRuns = () => Promise.resolve(runs);
    expect(removed(await collect(store, { findRuns }))).toEqual([]);
    const aged = { ...policy, olderThanMs: 10 * DAY };
    expect(removed(await collect(store, { findRuns, policy: aged }))).toHaveLength(1);
  });

  it('gives up uploads in parts that are past the grace period, and none that may be at work or is not ours', async () => {
    const store = createMemoryStore();
    const model = await old(store, 'model');
    await publishFor(store, model);
    const begin = (name: string, age: number) =>
      writtenAgo(store, age, () => Promise.resolve(store.beginUpload(name)));
    const files = `artifacts/model/${model.digest}`;
    const over = [
      await begin(`${files}/weights`, 2 * DAY),
      await begin(`checkpoints/${key('a')}/step-0000000003/attempt-1-aaaaaaaa/policy`, 2 * DAY),
      await begin('probe/00000000-0000-0000-0000-000000000000/upload-in-parts/large', 2 * DAY),
    ];
    const kept = [
      await begin(`${files}/weights`, HOUR),
      await begin(`checkpoints/${key('a')}/step-0000000003/attempt-2-bbbbbbbb/policy`, HOUR),
      await begin(`checkpoints/${key('b')}/step-0000000003/attempt-1-cccccccc/policy`, 2 * DAY),
      await begin('photos/holiday.jpg', 2 * DAY),
    ];
    const runs = { ...noRuns, live: new Set([key('b')]), liveCount: 1 };
    const findRuns = () => Promise.resolve(runs);
    const planned = removed(await collect(store, { findRuns, dryRun: true }));
    expect(store.uploads.size).toBe(over.length + kept.length);
    expect(removed(await collect(store, { findRuns }))).toEqual(planned);
    expect(planned).toHaveLength(over.length);
    expect([...store.uploads.values()]).toEqual(kept);
    await readArtifact(store, model, await makeFolder());
  });

  it('spares what a run that starts meanwhile says it uses', async () => {
    const store = createMemoryStore();
    const model = await old(store, 'model');
    let asked = 0;
    const findRuns = () => {
      asked += 1;
      const live = new Set(asked > 1 ? [model.digest] : []);
      return Promise.resolve({ ...noRuns, live, liveCount: live.size });
    };
    expect(removed(await collect(store, { findRuns }))).toEqual([]);
    expect(asked).toBe(2);
    await readArtifact(store, model, await makeFolder());
  });

  it('leaves no record whose artifacts are gone, wherever it is killed', async () => {
    for (let deletions = 0; ; deletions += 1) {
      const store = createMemoryStore();
      for (const letter of ['a', 'b', 'c']) {
        const model = await old(store, letter);
        await writtenAgo(store, 30 * DAY, () => recordFor(store, key(letter), { model }));
      }
      let left = deletions;
      const dying = withHook(store, (method) => {
        if (method !== 'delete') return;
        if (left === 0) throw new Error('killed');
        left -= 1;
      });
      const outcome = await collect(dying, { policy: eager }).catch(() => undefined);
      for (const letter of ['a', 'b', 'c']) {
        const isThere = store.objects.has(`stages/${key(letter)}.json`);
        const record = await readStageRecord(store, key(letter));
        expect(record !== undefined).toBe(isThere);
      }
      if (outcome !== undefined) break;
    }
  });

  it('lets one collection run at a time, and the next once it has ended', async () => {
    const store = createMemoryStore();
    await old(store, 'garbage');
    let second: unknown;
    const findRuns = async () => {
      await collect(store, { dryRun: true });
      return noRuns;
    };
    const watched = withHook(store, async (method) => {
      if (method === 'delete') second = await collect(store).catch((error: unknown) => error);
    });
    await collect(watched, { findRuns });
    expect((second as Error).name).toBe('GarbageRunningError');
    expect(removed(await collect(store))).toEqual([]);
    await old(store, 'more garbage');
    expect(removed(await collect(store))).toHaveLength(1);
  });
});
