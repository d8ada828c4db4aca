import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CheckpointCorruptError } from '../../../storage/checkpoint-commit.js';
import {
  commitCheckpoint,
  newestCheckpoint,
  readCheckpoint,
  type SkippedCheckpoint,
} from '../../../storage/checkpoints.js';
import {
  cutShort,
  deleteKey,
  dieAt,
  findKey,
  flipBit,
  withHook,
} from '../../support/fakes/faulty-store.js';
import { commitStep, filesAt, stageKey } from '../../support/made-up/checkpoint-steps.js';
import { makeFiles, makeFolder, readFiles } from '../../support/folders.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

describe('commitCheckpoint', () => {
  it('gives equal state an equal digest, whichever attempt and stage wrote it', async () => {
    const one = await commitStep(createMemoryStore(), 5, { attempt: 1 });
    const other = await commitStep(createMemoryStore(), 5, { attempt: 7 });
    expect(other.digest).toBe(one.digest);
    expect((await commitStep(createMemoryStore(), 5, { by: 'x' })).digest).not.toBe(one.digest);
  });

  it.each([
    ['the first file', /step-0000000006.*moments/],
    ['the last file', /step-0000000006.*policy/],
    ['the commit object', /step-0000000006\/commit\.json$/],
  ])('is no checkpoint when the upload breaks off at %s', async (_, pattern) => {
    const store = createMemoryStore();
    const before = await commitStep(store, 5);
    const dying = withHook(store, (method, key) => {
      if (method.startsWith('put') && pattern.test(key)) throw new Error('killed');
    });
    await expect(commitStep(dying, 6)).rejects.toThrow('killed');
    expect(await newestCheckpoint(store, stageKey)).toEqual(before);
    await commitStep(store, 6);
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(6);
  });

  it('puts the commit object after every file', async () => {
    const store = createMemoryStore();
    const calls: string[] = [];
    const watched = withHook(store, (method, key) => {
      if (method.startsWith('put')) calls.push(key.split('/').at(-1)!);
    });
    await commitStep(watched, 5);
    expect(calls).toHaveLength(3);
    expect(calls.at(-1)).toBe('commit.json');
  });

  it('lets one of two racing attempts win and gives both the same reference', async () => {
    for (let round = 0; round < 10; round += 1) {
      const store = createMemoryStore();
      const refs = await Promise.all([
        commitStep(store, 5, { attempt: 1, by: ' by one' }),
        commitStep(store, 5, { attempt: 2, by: ' by two' }),
      ]);
      expect(refs[0]).toEqual(refs[1]);
      const read = await readFiles(await readCheckpoint(store, refs[0], await makeFolder()));
      expect([filesAt(5, ' by one'), filesAt(5, ' by two')]).toContainEqual(read);
    }
  });

  it('keeps two racing attempts apart even if they bear the same number', async () => {
    const store = createMemoryStore();
    const [ref] = await Promise.all([
      commitStep(store, 5, { by: ' by one' }),
      commitStep(store, 5, { by: ' by two' }),
    ]);
    const read = await readFiles(await readCheckpoint(store, ref, await makeFolder()));
    expect([filesAt(5, ' by one'), filesAt(5, ' by two')]).toContainEqual(read);
  });

  it('gives a late attempt the reference of the winner and leaves its files alone', async () => {
    const store = createMemoryStore();
    const winner = await commitStep(store, 5, { attempt: 2, by: ' by the winner' });
    expect(await commitStep(store, 5, { attempt: 1, by: ' by a late one' })).toEqual(winner);
    const read = await readFiles(await readCheckpoint(store, winner, await makeFolder()));
    expect(read).toEqual(filesAt(5, ' by the winner'));
  });

  it.each([
    ['a file with a flipped bit', /policy/, flipBit],
    ['a file that is gone', /moments/, deleteKey],
    ['an unreadable commit object', /commit\.json$/, cutShort],
  ])('replaces a winner with %s', async (_, pattern, damage) => {
    const store = createMemoryStore();
    await commitStep(store, 5);
    damage(store, findKey(store, pattern));
    expect(await newestCheckpoint(store, stageKey)).toBeUndefined();
    const ref = await commitStep(store, 5, { attempt: 2 });
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
    for (const step of [9, 1000, 99, 100]) await commitStep(store, step);
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(1000);
  });

  it('walks back over damaged checkpoints to the newest whole one and says what it passed', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2, 3, 4, 5]) await commitStep(store, step);
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
    await commitStep(store, 5);
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
    await commitStep(store, 1);
    await commitStep(store, 2);
    const dying = dieAt(store, /step-0000000002.*policy/);
    await expect(newestCheckpoint(dying, stageKey)).rejects.toThrow('the store died');
  });

  it('leaves out steps above the one asked for', async () => {
    const store = createMemoryStore();
    for (const step of [10, 20, 30]) await commitStep(store, step);
    const found = await newestCheckpoint(store, stageKey, { maxStepIndex: 20 });
    expect(found?.stepIndex).toBe(20);
  });

  it('checks without a cache folder by reading alone, so that a death leaves no file', async () => {
    const store = createMemoryStore();
    await commitStep(store, 7);
    const reading = withHook(store, (method) => {
      if (method === 'getToFile') throw new Error('wrote to the local disk');
    });
    expect((await newestCheckpoint(reading, stageKey))?.stepIndex).toBe(7);
  });

  it('leaves what it checked in the cache, so that reading downloads nothing', async () => {
    const store = createMemoryStore();
    const cacheFolder = await makeFolder();
    await commitStep(store, 7);
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
    const ref = await commitStep(store, 5);
    damage(store, findKey(store, pattern));
    const reading = readCheckpoint(store, ref, await makeFolder());
    await expect(reading).rejects.toThrow(CheckpointCorruptError);
    await expect(reading).rejects.toThrow(ref.uri);
  });

  it('refuses a checkpoint that holds another state than the reference', async () => {
    const store = createMemoryStore();
    const ref = await commitStep(store, 5);
    const reading = readCheckpoint(store, { ...ref, digest: 'a'.repeat(64) }, await makeFolder());
    await expect(reading).rejects.toThrow(CheckpointCorruptError);
  });

  it('refuses an address that is no checkpoint', async () => {
    const ref = { digest: 'a'.repeat(64), uri: 's3://memory/artifacts/x', stepIndex: 1 };
    const reading = readCheckpoint(createMemoryStore(), ref, await makeFolder());
    await expect(reading).rejects.toThrow(CheckpointCorruptError);
  });
});
