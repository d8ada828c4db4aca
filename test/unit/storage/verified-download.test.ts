import { expect, test, vi } from 'vitest';
import { readArtifact, writeArtifact } from '../../../storage/artifacts.js';
import { withHook } from '../../support/fakes/faulty-store.js';
import { makeFiles, makeFolder, readFiles } from '../../support/folders.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

const files = { 'config.json': '{"layers":2}', 'weights/part-0.bin': 'abc', empty: '' };

test('downloads once for readers of one process that come at once', async () => {
  const store = createMemoryStore();
  const cache = await makeFolder();
  const ref = await writeArtifact(store, 'model', await makeFiles(files));
  let downloads = 0;
  const counted = withHook(store, (method) => {
    if (method === 'getToFile') downloads += 1;
  });
  const folders = await Promise.all(
    Array.from({ length: 8 }, () => readArtifact(counted, ref, cache)),
  );
  expect(new Set(folders).size).toBe(1);
  expect(downloads).toBe(Object.keys(files).length);
});

test('serves readers of several processes at once from one cache', async () => {
  const store = createMemoryStore();
  const cache = await makeFolder();
  const ref = await writeArtifact(store, 'model', await makeFiles(files));
  const readers: (typeof readArtifact)[] = [];
  while (readers.length < 4) {
    vi.resetModules();
    readers.push((await import('../../../storage/artifacts.js')).readArtifact);
  }
  const folders = await Promise.all(readers.map((read) => read(store, ref, cache)));
  expect(new Set(folders).size).toBe(1);
  expect(await readFiles(folders[0]!)).toEqual(files);
});
