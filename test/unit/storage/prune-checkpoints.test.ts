import { describe, expect, it } from 'vitest';
import type { CheckpointRef } from '../../../contracts/artifact.js';
import {
  commitCheckpoint,
  newestCheckpoint,
  readCheckpoint,
  type SkippedCheckpoint,
} from '../../../storage/checkpoints.js';
import { pinCheckpoint } from '../../../storage/checkpoint-commit.js';
import { pruneCheckpoints } from '../../../storage/prune-checkpoints.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { StoreRefusedError } from '../../../storage/store-errors.js';
import { commitStep, filesAt, stageKey } from '../../support/made-up/checkpoint-steps.js';
import { cutShort, findKey, flipBit, withHook } from '../../support/fakes/faulty-store.js';
import { makeFiles, makeFolder, readFiles } from '../../support/folders.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

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

  it('keeps of every so many steps the first checkpoint at or past them, however often it is asked', async () => {
    const store = createMemoryStore();
    for (const step of [3, 9, 12, 17, 25, 31, 38, 39]) {
      await commitStep(store, step);
      await pruneCheckpoints(store, { stageKey, keep: 1, every: 10, pinned: [] });
    }
    expect(await stepsOf(store)).toEqual([12, 25, 31, 39]);
  });

  it('keeps something to go back to, and what takes its place, and no more', async () => {
    const store = createMemoryStore();
    for (let step = 10; step <= 400; step += 10) {
      await commitStep(store, step);
      await pruneCheckpoints(store, { stageKey, keep: 2, reach: 50, pinned: [] });
      const steps = await stepsOf(store);
      expect(steps.length).toBeLessThanOrEqual(4);
      // A training that trips at its next step goes back fifty from there, and loses at most as many again.
      if (step >= 120) {
        const back = steps.filter((kept) => kept <= step + 1 - 50).at(-1);
        expect(back).toBeGreaterThan(step - 2 * 50 - 20);
      }
    }
  });

  it.each([
    ['lower', [3, 1, 2, 4], 2],
    ['higher', [3, 1, 5, 4], 3],
    ['lower', [1, 2, 1, 4], 3],
  ] as const)('keeps the best where %s is better: %j', async (better, values, best) => {
    const store = createMemoryStore();
    for (const [index, value] of values.entries()) {
      await commitStep(store, index + 1, { quality: { metric: 'validation/loss', value, better } });
      await pruneCheckpoints(store, { stageKey, keep: 1, best: true, pinned: [] });
    }
    expect(await stepsOf(store)).toEqual([best, 4]);
  });

  it('takes no checkpoint for the best that was measured otherwise, or not at all', async () => {
    const store = createMemoryStore();
    const quality = { metric: 'other', value: 0, better: 'lower' } as const;
    await commitStep(store, 1, { quality });
    await commitStep(store, 2, { quality: { ...quality, metric: 'validation/loss', value: 1 } });
    await commitStep(store, 3);
    await pruneCheckpoints(store, { stageKey, keep: 1, best: true, pinned: [] });
    expect(await stepsOf(store)).toEqual([2, 3]);
  });

  it('keeps what a published version pins, whoever prunes', async () => {
    const store = createMemoryStore();
    const [first] = [await commitStep(store, 1), await commitStep(store, 2)];
    expect(await pinCheckpoint(store, first, 'burnish-3')).toBe(true);
    await commitStep(store, 3);
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect(await stepsOf(store)).toEqual([1, 3]);
    expect(await readFiles(await readCheckpoint(store, first, await makeFolder()))).toEqual(
      filesAt(1),
    );
  });

  it('pins nothing where there is no checkpoint', async () => {
    const store = createMemoryStore();
    const ref = await commitStep(createMemoryStore(), 1);
    expect(await pinCheckpoint(store, ref, 'burnish-3')).toBe(false);
    expect(store.objects.size).toBe(0);
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

  it('gives up unfinished uploads of attempts that are over, and no upload at work', async () => {
    const store = createMemoryStore();
    for (const step of [3, 5]) await commitStep(store, step);
    const prefix = `checkpoints/${stageKey}`;
    for (const step of [4, 5]) {
      store.beginUpload(`${prefix}/step-000000000${step}/attempt-1-aaaaaaaa/policy`);
    }
    const above = store.beginUpload(`${prefix}/step-0000000006/attempt-1-bbbbbbbb/policy`);
    const other = store.beginUpload(`${prefix}0/step-0000000004/attempt-1-cccccccc/policy`);
    await pruneCheckpoints(store, { stageKey, keep: 2, pinned: [] });
    expect([...store.uploads.values()]).toEqual([above, other]);
  });

  it('prunes a store that does not let uploads be listed, or given up', async () => {
    const store = createMemoryStore();
    for (const step of [1, 2]) await commitStep(store, step);
    const closed = Object.assign(
      withHook(store, () => undefined),
      {
        listUploads: () => {
          throw new StoreRefusedError('not allowed');
        },
      },
    );
    expect(await pruneCheckpoints(closed, { stageKey, keep: 1, pinned: [] })).toEqual({
      removed: 1,
    });
    store.beginUpload(`checkpoints/${stageKey}/step-0000000001/attempt-1-aaaaaaaa/policy`);
    const fixed = withHook(store, (method) => {
      if (method === 'abortUpload') throw new StoreRefusedError('not allowed');
    });
    await pruneCheckpoints(fixed, { stageKey, keep: 1, pinned: [] });
    expect(store.uploads.size).toBe(1);
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
