import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { newestOnPath, pathKey, pathsOf } from '../../../../activities/train/training-path.js';
import { commitCheckpoint } from '../../../../storage/checkpoints.js';
import { makeFolder } from '../../../support/folders.js';
import { createMemoryStore, type MemoryStore } from '../../../support/fakes/memory-store.js';

const stageKey = 'a'.repeat(64);
const first = { fromStep: 30, factor: 0.5 };
const second = { fromStep: 20, factor: 0.25 };
const third = { fromStep: 40, factor: 0.5 };

async function storeWith(...checkpoints: [key: string, steps: number[]][]): Promise<MemoryStore> {
  const store = createMemoryStore();
  const folder = await makeFolder();
  for (const [key, steps] of checkpoints) {
    for (const stepIndex of steps) {
      const source = join(folder, `${key}-${String(stepIndex)}`);
      await mkdir(source);
      await writeFile(join(source, 'state.json'), `${key} ${String(stepIndex)}`);
      await commitCheckpoint(store, { stageKey: key, stepIndex, attempt: 1, folder: source });
    }
  }
  return store;
}

test('a training that never went back keeps its checkpoints under the key of its stage', () => {
  expect(pathKey({ stageKey })).toBe(stageKey);
  expect(pathsOf({ stageKey })).toEqual([{ key: stageKey, until: Infinity }]);
});

test('each way back begins a path of its own, which holds to those before up to the earliest step of a change', () => {
  expect(pathsOf({ stageKey, rateChanges: [first, second, third] })).toEqual([
    { key: `${stageKey}-30x0.5-20x0.25-40x0.5`, until: Infinity },
    { key: `${stageKey}-30x0.5-20x0.25`, until: 40 },
    { key: `${stageKey}-30x0.5`, until: 20 },
    { key: stageKey, until: 20 },
  ]);
});

test('goes back to the newest checkpoint at or before the step of the change', async () => {
  const store = await storeWith([stageKey, [10, 30, 31, 50]]);
  const found = await newestOnPath(store, { stageKey, rateChanges: [first] });
  expect(found?.stepIndex).toBe(30);
  expect((await newestOnPath(store, { stageKey }))?.stepIndex).toBe(50);
});

test('goes on from the newest checkpoint of its own path once there is one', async () => {
  const path = { stageKey, rateChanges: [first] };
  const store = await storeWith([stageKey, [10, 30, 50]], [pathKey(path), [35, 40]]);
  expect(await newestOnPath(store, path)).toMatchObject({
    stepIndex: 40,
    uri: expect.stringContaining('-30x0.5/') as string,
  });
});

test('takes nothing of a path it left beyond the step where they part', async () => {
  const store = await storeWith([stageKey, [25]], [`${stageKey}-30x0.5`, [22, 35]]);
  const found = await newestOnPath(store, { stageKey, rateChanges: [first, second] });
  expect(found).toBeUndefined();
});
