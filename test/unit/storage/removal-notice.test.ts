import { describe, expect, it } from 'vitest';
import type { ArtifactRef } from '../../../contracts/artifact.js';
import { readArtifact, reuseArtifact, writeArtifact } from '../../../storage/artifacts.js';
import { collectGarbage } from '../../../storage/garbage/collect-garbage.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { BeingRemovedError } from '../../../storage/removal-notice.js';
import { readStageRecord } from '../../../storage/stage-cache.js';
import { withHook } from '../../support/fakes/faulty-store.js';
import { makeFiles, makeFolder } from '../../support/folders.js';
import { DAY, noRuns, recordFor, writtenAgo } from '../../support/made-up/made-up-bucket.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

const stageKey = 'a'.repeat(64);
/** Nothing stays but what is in use at this moment. */
const policy = { graceMs: 0, abandonedMs: 0, olderThanMs: 0 };
const collect = (store: ObjectStore): Promise<unknown> =>
  collectGarbage(store, {
    ...{ policy, dryRun: false, settleMs: 0 },
    findRuns: () => Promise.resolve(noRuns),
  });

/** A bucket with one old record and its artifact, and the folder that the artifact was made of. */
async function prepare() {
  const store = createMemoryStore();
  const folder = await makeFiles({ weights: 'same', config: 'small' });
  const model = await writtenAgo(store, 30 * DAY, () => writeArtifact(store, 'model', folder));
  await writtenAgo(store, 30 * DAY, () => recordFor(store, stageKey, { model }));
  return { store, folder, model };
}

interface Given {
  folder: string;
  model: ArtifactRef;
}

/** The three ways to take up what lies in the store; each says whether it gave something away. */
const uses: Record<string, (store: ObjectStore, given: Given) => Promise<boolean>> = {
  'writing an artifact that is there': async (store, { folder }) => {
    await writeArtifact(store, 'model', folder);
    return true;
  },
  'reusing an artifact': (store, { model }) => reuseArtifact(store, model),
  'reusing a record': async (store) => (await readStageRecord(store, stageKey)) !== undefined,
};

/** What a use gave away, with "it is being removed" for nothing. */
async function attempt(use: Promise<boolean>): Promise<boolean> {
  try {
    return await use;
  } catch (error) {
    if (error instanceof BeingRemovedError) return false;
    throw error;
  }
}

describe.each(Object.entries(uses))('%s', (name, use) => {
  it('gives away nothing that goes, when it falls between any two calls of a collection', async () => {
    for (let call = 1, isOver = false; !isOver; call += 1) {
      const { store, ...given } = await prepare();
      let calls = 0;
      const answers: boolean[] = [];
      const watched = withHook(store, async () => {
        calls += 1;
        if (calls === call) answers.push(await attempt(use(store, given)));
      });
      await collect(watched);
      if (answers.includes(true)) await readArtifact(store, given.model, await makeFolder());
      isOver = calls < call;
    }
  });

  it('gives away nothing that goes, when a whole collection falls between two of its calls', async () => {
    for (let call = 1, isOver = false; !isOver; call += 1) {
      const { store, ...given } = await prepare();
      let calls = 0;
      const watched = withHook(store, async () => {
        calls += 1;
        if (calls === call) await collect(store);
      });
      const isGiven = await attempt(use(watched, given));
      isOver = calls < call;
      if (isGiven) await readArtifact(store, given.model, await makeFolder());
      if (isGiven && name.includes('record')) {
        expect(await readStageRecord(store, stageKey)).toMatchObject({ stageKey });
      }
    }
  });

  it('waits for no collection that died longer ago than its lease', async () => {
    const { store, ...given } = await prepare();
    const notice = {
      ...{ version: 1, id: 'dead', generation: 4, expiresAt: '2026-01-01T00:00:00.000Z' },
      places: [`artifacts/model/${given.model.digest}`, `stages/${stageKey}.json`],
    };
    await store.put('gc/notice.json', JSON.stringify(notice));
    expect(await use(store, given)).toBe(true);
    const alive = { ...notice, expiresAt: new Date(Date.now() + DAY).toISOString() };
    await store.put('gc/notice.json', JSON.stringify(alive));
    await expect(use(store, given)).rejects.toThrow(BeingRemovedError);
    await expect(collect(store)).rejects.toThrow(/found one in s3:\/\/memory\/gc\/notice.json/);
  });
});
