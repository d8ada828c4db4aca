import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { CheckpointRef } from '../../../contracts/artifact.js';
import { CheckpointCorruptError } from '../../../storage/checkpoint-commit.js';
import {
  commitCheckpoint,
  newestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  type SkippedCheckpoint,
} from '../../../storage/checkpoints.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import {
  cutShort,
  deleteKey,
  dieAt,
  findKey,
  flipBit,
  withHook,
} from '../../support/faulty-store.js';
import { makeFiles, makeFolder, readFiles } from '../../support/folders.js';
import { createMemoryStore } from '../../support/memory-store.js';

const stageKey = 'f'.repeat(64);

const filesAt = (step: number, by = ''): Record<string, string> => ({
  'policy.safetensors': `weights at ${step}${by}`,
  'optimizer/moments.safetensors': `moments at ${step}${by}`,
});

async function commit(
  store: ObjectStore,
  stepIndex: number,
  options: { attempt?: number; by?: string } = {},
): Promise<CheckpointRef> {
  const folder = await makeFiles(filesAt(stepIndex, options.by));
  return commitCheckpoint(store, { stageKey, stepIndex, attempt: options.attempt ?? 1, folder });
}

describe('commitCheckpoint', () => {
  it('gives equal state an equal digest, whichever attempt and stage wrote it', async () => {
    const one = await commit(createMemoryStore(), 5, { attempt: 1 });
    const other = await commit(createMemoryStore(), 5, { attempt: 7 });
    expect(other.digest).toBe(one.digest);
    expect((await commit(createMemoryStore(), 5, { by: 'x' })).digest).not.toBe(one.digest);
  });

  it.each([
    ['the first file', /step-0000000006.*moments/],
    ['the last file', /step-0000000006.*policy/],
    ['the commit object', /step-0000000006\/commit\.json$/],
  ])('is no checkpoint when the upload breaks off at %s', async (_, pattern) => {
    const store = createMemoryStore();
    const before = await commit(store, 5);
    const dying = withHook(store, (method, key) => {
      if (method.startsWith('put') && pattern.test(key)) throw new Error('killed');
    });
    await expect(commit(dying, 6)).rejects.toThrow('killed');
    expect(await newestCheckpoint(store, stageKey)).toEqual(before);
    await commit(store, 6);
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(6);
  });

  it('puts the commit object after every file', async () => {
    const store = createMemoryStore();
    const calls: string[] = [];
    const watched = withHook(store, (method, key) => {
      if (method.startsWith('put')) calls.push(key.split('/').at(-1)!);
    });
    await commit(watched, 5);
    expect(calls).toHaveLength(3);
    expect(calls.at(-1)).toBe('commit.json');
  });

  it('lets one of two racing attempts win and gives both the same reference', async () => {
    for (let round = 0; round < 10; round += 1) {
      const store = createMemoryStore();
      const refs = await Promise.all([
        commit(store, 5, { attempt: 1, by: ' by one' }),
        commit(store, 5, { attempt: 2, by: ' by two' }),
      ]);
      expect(refs[0]).toEqual(refs[1]);
      const read = await readFiles(await readCheckpoint(store, refs[0]!, await makeFolder()));
      expect([filesAt(5, ' by one'), filesAt(5, ' by two')]).toContainEqual(read);
    }
  });

  it('keeps two racing attempts apart even if they bear the same number', async () => {
    const store = createMemoryStore();
    const [ref] = await Promise.all([
      commit(store, 5, { by: ' by one' }),
      commit(store, 5, { by: ' by two' }),
    ]);
    const read = await readFiles(await readCheckpoint(store, ref, await makeFolder()));
    expect([filesAt(5, ' by one'), filesAt(5, ' by two')]).toContainEqual(read);
  });

  it('gives a late attempt the reference of the winner and leaves its files alone', async () => {
    const store = createMemoryStore();
    const winner = await commit(store, 5, { attempt: 2, by: ' by the winner' });
    expect(await commit(store, 5, { attempt: 1, by: ' by a late one' })).toEqual(winner);
    const read = await readFiles(await readCheckpoint(store, winner, await makeFolder()));
    expect(read).toEqual(filesAt(5, ' by the winner'));
  });

  it.each([
    ['a file with a flipped bit', /policy/, flipBit],
    ['a file that is gone', /moments/, deleteKey],
    ['an unreadable commit object', /commit\.json$/, cutShort],
  ])('replaces a winner with %s', async (_, pattern, damage) => {
    const store = createMemoryStore();
    await commit(store, 5);
    damage(store, findKey(store, pattern));
    expect(await newestCheckpoint(store, stageKey)).toBeUndefined();
    const ref = await commit(store, 5, { attempt: 2 });
    expect(await newestCheckpoint(store, stageKey)).toEqual(ref);
    const read = await readFiles(await readCheckpoint(store, ref, await makeFolder()));
    expect(read).toEqual(filesAt(5));
  });

  it('refuses a stage key that is no single key segment', async () => {
    const folder = await makeFiles(filesAt(1));
    for (const wrong of ['', '..', 'a/b', 'a b']) {
      const writing = commitCheckpoint(createMemoryStore(), {
        stageKey: wrong,
        stepIndex: 1,
        attempt: 1,
        folder,
      });
      await expect(writing).rejects.toThrow();
    }
  });
});

describe('newestCheckpoint', () => {
  it('finds none where nothing was committed, and none of another stage', async () => {
    const store = createMemoryStore();
    const folder = await makeFiles(filesAt(1));
    await commitCheckpoint(store, { stageKey: `${stageKey}0`, stepIndex: 1, attempt: 1, folder });
    expect(await newestCheckpoint(store, stageKey)).toBeUndefined();
  });

  it('orders steps as numbers', async () => {
    const store = createMemoryStore();
    for (const step of [9, 1000, 99, 100]) await commit(store, step);
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(1000);
  });

  it('walks back over damaged checkpoints to the newest whole one and says what it passed', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2, 3, 4, 5]) await commit(store, step);
    flipBit(store, findKey(store, /step-0000000005.*policy/));
    deleteKey(store, findKey(store, /step-0000000004.*moments/));
    cutShort(store, findKey(store, /step-0000000003.*commit/));
    const skipped: SkippedCheckpoint[] = [];
    const found = await newestCheckpoint(store, stageKey, {
      onSkipped: (one) => skipped.push(one),
    });
    expect(found?.stepIndex).toBe(2);
    expect(skipped.map(({ stepIndex }) => stepIndex)).toEqual([5, 4, 3]);
    expect(skipped[0]?.reason).toMatch(/policy\.safetensors.*SHA-256/);
    expect(skipped[1]?.reason).toMatch(/moments\.safetensors.*no object/);
    expect(skipped[2]?.reason).toMatch(/cannot be read/);
  });

  it('passes over a commit object that belongs to another step', async () => {
    const store = createMemoryStore();
    await commit(store, 5);
    const copied = store.objects.get(findKey(store, /commit/))!;
    store.objects.set(`checkpoints/${stageKey}/step-0000000006/commit.json`, copied);
    const skipped: SkippedCheckpoint[] = [];
    await newestCheckpoint(store, stageKey, { onSkipped: (one) => skipped.push(one) });
    expect(skipped).toHaveLength(1);
    expect(skipped[0]?.reason).toMatch(/step-0000000006.*is of stage .*, step 5/);
  });

  it('passes over a commit object whose paths leave their folder, before it touches the disk', async () => {
    const store = createMemoryStore();
    const outside = await makeFolder();
    const key = `checkpoints/${stageKey}/step-0000000001/commit.json`;
    const entry = { path: '../../../../escaped/file', byteLength: 1, sha256: 'a'.repeat(64) };
    const text = { version: 1, stageKey, stepIndex: 1, attemptFolder: 'attempt-1', files: [entry] };
    await store.put(key, JSON.stringify(text));
    const cacheFolder = join(outside, 'cache');
    expect(await newestCheckpoint(store, stageKey, { cacheFolder })).toBeUndefined();
    expect(await readdir(outside)).toEqual([]);
  });

  it('does not take an unreachable store for a damaged checkpoint', async () => {
    const store = createMemoryStore();
    await commit(store, 1);
    await commit(store, 2);
    const dying = dieAt(store, /step-0000000002.*policy/);
    await expect(newestCheckpoint(dying, stageKey)).rejects.toThrow('the store died');
  });

  it('leaves out steps above the one asked for', async () => {
    const store = createMemoryStore();
    for (const step of [10, 20, 30]) await commit(store, step);
    const found = await newestCheckpoint(store, stageKey, { maxStepIndex: 20 });
    expect(found?.stepIndex).toBe(20);
  });

  it('leaves what it checked in the cache, so that reading downloads nothing', async () => {
    const store = createMemoryStore();
    const cacheFolder = await makeFolder();
    await commit(store, 7);
    const ref = await newestCheckpoint(store, stageKey, { cacheFolder });
    const cached = withHook(store, (method) => {
      if (method === 'getToFile') throw new Error('downloaded again');
    });
    expect(await readFiles(await readCheckpoint(cached, ref!, cacheFolder))).toEqual(filesAt(7));
  });
});

describe('readCheckpoint', () => {
  it.each([
    ['a flipped bit', /policy/, flipBit],
    ['a missing file', /moments/, deleteKey],
    ['an unreadable commit object', /commit\.json$/, cutShort],
    ['a missing commit object', /commit\.json$/, deleteKey],
  ])('refuses a checkpoint with %s', async (_, pattern, damage) => {
    const store = createMemoryStore();
    const ref = await commit(store, 5);
    damage(store, findKey(store, pattern));
    const reading = readCheckpoint(store, ref, await makeFolder());
    await expect(reading).rejects.toThrow(CheckpointCorruptError);
    await expect(reading).rejects.toThrow(ref.uri);
  });

  it('refuses a checkpoint that holds another state than the reference', async () => {
    const store = createMemoryStore();
    const ref = await commit(store, 5);
    const reading = readCheckpoint(store, { ...ref, digest: 'a'.repeat(64) }, await makeFolder());
    await expect(reading).rejects.toThrow(CheckpointCorruptError);
  });

  it('refuses an address that is no checkpoint', async () => {
    const ref = { digest: 'a'.repeat(64), uri: 's3://memory/artifacts/x', stepIndex: 1 };
    const reading = readCheckpoint(createMemoryStore(), ref, await makeFolder());
    await expect(reading).rejects.toThrow(CheckpointCorruptError);
  });
});

describe('pruneCheckpoints', () => {
  const stepsOf = async (store: ObjectStore): Promise<number[]> => {
    const steps = new Set<number>();
    for await (const { key } of store.list('checkpoints/'))
      steps.add(Number(key.split('-').at(1)!.slice(0, 10)));
    return [...steps];
  };

  it('keeps the newest and the pinned whole and removes every object of the others', async () => {
    const store = createMemoryStore();
    const refs: CheckpointRef[] = [];
    for (const step of [1, 2, 3, 4, 5, 6]) refs.push(await commit(store, step));
    const outcome = await pruneCheckpoints(store, { stageKey, keep: 2, pinned: [refs[1]!] });
    expect(outcome).toEqual({ removed: 3 });
    expect(await stepsOf(store)).toEqual([2, 5, 6]);
    for (const ref of [refs[1]!, refs[4]!, refs[5]!]) {
      const read = await readFiles(await readCheckpoint(store, ref, await makeFolder()));
      expect(read).toEqual(filesAt(ref.stepIndex));
    }
  });

  it('removes nothing when there is nothing to remove, and again nothing the second time', async () => {
    const store = createMemoryStore();
    expect(await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] })).toEqual({
      removed: 0,
    });
    for (const step of [1, 2]) await commit(store, step);
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect(await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] })).toEqual({
      removed: 0,
    });
  });

  it('keeps the newest even when asked to keep none', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2]) await commit(store, step);
    await pruneCheckpoints(store, { stageKey, keep: 0, pinned: [] });
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(2);
  });

  it('counts from the newest whole checkpoint when newer ones are damaged', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2, 3, 4]) await commit(store, step);
    flipBit(store, findKey(store, /step-0000000004.*policy/));
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(3);
    expect(await stepsOf(store)).toEqual([3, 4]);
  });

  it('deletes nothing when no checkpoint is whole', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2]) await commit(store, step);
    for (const step of [1, 2])
      flipBit(store, findKey(store, new RegExp(`step-000000000${step}.*policy`)));
    const before = [...store.objects.keys()];
    expect(await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] })).toEqual({
      removed: 0,
    });
    expect([...store.objects.keys()]).toEqual(before);
  });

  it('removes what attempts without a commit left, but not of attempts ahead of the newest', async () => {
    const store = createMemoryStore();
    await commit(store, 5);
    const prefix = `checkpoints/${stageKey}`;
    await store.put(`${prefix}/step-0000000003/attempt-1-aaaaaaaa/policy`, 'torn');
    await store.put(`${prefix}/step-0000000005/attempt-1-bbbbbbbb/policy`, 'lost the race');
    await store.put(`${prefix}/step-0000000006/attempt-1-cccccccc/policy`, 'being uploaded');
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    const left = [...store.objects.keys()].filter((key) => /[abc]{8}/.test(key));
    expect(left).toEqual([`${prefix}/step-0000000006/attempt-1-cccccccc/policy`]);
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(5);
  });

  it('leaves the files of a kept step whose commit object cannot be read', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2, 3]) await commit(store, step);
    cutShort(store, findKey(store, /step-0000000002.*commit/));
    await pruneCheckpoints(store, { stageKey, keep: 2, pinned: [] });
    expect([...store.objects.keys()].filter((key) => key.includes('step-0000000002'))).toHaveLength(
      3,
    );
  });

  it('leaves only whole or absent checkpoints wherever it is killed', async () => {
    const whole = createMemoryStore();
    for (const step of [1, 2, 3]) await commit(whole, step);
    for (let deletions = 0; ; deletions += 1) {
      const store = createMemoryStore();
      for (const [key, stored] of whole.objects) store.objects.set(key, stored);
      let left = deletions;
      const dying = withHook(store, (method) => {
        if (method !== 'delete') return;
        if (left === 0) throw new Error('killed');
        left -= 1;
      });
      const outcome = await pruneCheckpoints(dying, { stageKey, keep: 1, pinned: [] }).catch(
        () => undefined,
      );
      const skipped: SkippedCheckpoint[] = [];
      for (const maxStepIndex of [3, 2, 1]) {
        await newestCheckpoint(store, stageKey, {
          maxStepIndex,
          onSkipped: (one) => skipped.push(one),
        });
      }
      expect(skipped).toEqual([]);
      expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(3);
      await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
      expect(await stepsOf(store)).toEqual([3]);
      if (outcome !== undefined) break;
    }
  });

  it('leaves other stages alone', async () => {
    const store = createMemoryStore();
    const folder = await makeFiles(filesAt(1));
    const other = { stageKey: `${stageKey}0`, attempt: 1, folder };
    await commitCheckpoint(store, { ...other, stepIndex: 1 });
    await commitCheckpoint(store, { ...other, stepIndex: 2 });
    await commit(store, 9);
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect([...store.objects.keys()].filter((key) => key.includes(`${stageKey}0/`))).toHaveLength(
      6,
    );
  });
});
