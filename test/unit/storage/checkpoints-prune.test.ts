import { describe, expect, it } from 'vitest';
import type { CheckpointRef } from '../../../contracts/artifact.js';
import {
  commitCheckpoint,
  newestCheckpoint,
  pruneCheckpoints,
  readCheckpoint,
  type SkippedCheckpoint,
} from '../../../storage/checkpoints.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { commitStep, filesAt, stageKey } from '../../support/checkpoint-steps.js';
import { cutShort, findKey, flipBit, withHook } from '../../support/faulty-store.js';
import { makeFiles, makeFolder, readFiles } from '../../support/folders.js';
import { createMemoryStore } from '../../support/memory-store.js';

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
    for (const step of [1, 2, 3, 4, 5, 6]) refs.push(await commitStep(store, step));
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
    for (const step of [1, 2]) await commitStep(store, step);
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect(await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] })).toEqual({
      removed: 0,
    });
  });

  it('keeps the newest even when asked to keep none', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2]) await commitStep(store, step);
    await pruneCheckpoints(store, { stageKey, keep: 0, pinned: [] });
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(2);
  });

  it('counts from the newest whole checkpoint when newer ones are damaged', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2, 3, 4]) await commitStep(store, step);
    flipBit(store, findKey(store, /step-0000000004.*policy/));
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(3);
    expect(await stepsOf(store)).toEqual([3, 4]);
  });

  it('deletes nothing when no checkpoint is whole', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2]) await commitStep(store, step);
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
    await commitStep(store, 5);
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
    for (const step of [1, 2, 3]) await commitStep(store, step);
    cutShort(store, findKey(store, /step-0000000002.*commit/));
    await pruneCheckpoints(store, { stageKey, keep: 2, pinned: [] });
    expect([...store.objects.keys()].filter((key) => key.includes('step-0000000002'))).toHaveLength(
      3,
    );
  });

  it('leaves only whole or absent checkpoints wherever it is killed', async () => {
    const whole = createMemoryStore();
    for (const step of [1, 2, 3]) await commitStep(whole, step);
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
    await commitStep(store, 9);
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect([...store.objects.keys()].filter((key) => key.includes(`${stageKey}0/`))).toHaveLength(
      6,
    );
  });
});
