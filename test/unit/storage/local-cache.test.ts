import { mkdir, readdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readArtifact } from '../../../storage/artifacts.js';
import { trimCache } from '../../../storage/local-cache.js';
import { makeFolder } from '../../support/folders.js';
import { DAY } from '../../support/made-up/made-up-bucket.js';
import { storeFiles } from '../../support/made-up/made-up-run.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

async function putEntry(cache: string, name: string, ageMs: number): Promise<string> {
  const folder = join(cache, name);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'verified.json'), 'x'.repeat(100));
  const at = new Date(Date.now() - ageMs);
  await utimes(join(folder, 'verified.json'), at, at);
  return folder;
}

const nameOf = (letter: string): string => letter.repeat(64);

describe('trimCache', () => {
  it('removes the least recently used until the rest fits', async () => {
    const cache = await makeFolder();
    await putEntry(cache, `model/${nameOf('a')}`, 5 * DAY);
    await putEntry(cache, `dataset/${nameOf('b')}`, 9 * DAY);
    await putEntry(cache, `engine/graphs/${nameOf('c')}`, 7 * DAY);
    await putEntry(cache, `model/${nameOf('d')}`, 3 * DAY);
    expect(await trimCache(cache, { maxBytes: 250 })).toEqual({ removed: 2, byteLength: 200 });
    expect((await readdir(join(cache, 'model'))).sort()).toEqual([nameOf('a'), nameOf('d')]);
    expect(await readdir(join(cache, 'engine', 'graphs'))).toEqual([]);
    expect(await trimCache(cache, { maxBytes: 250 })).toEqual({ removed: 0, byteLength: 0 });
  });

  it('leaves what an activity may have in hand, and what is no entry of the cache', async () => {
    const cache = await makeFolder();
    await putEntry(cache, `model/${nameOf('a')}`, DAY);
    await putEntry(cache, 'model/by-hand', 9 * DAY);
    await putEntry(cache, `mine/${nameOf('b')}`, 9 * DAY);
    expect((await trimCache(cache, { maxBytes: 0 })).removed).toBe(0);
  });

  it('counts a read as a use', async () => {
    const store = createMemoryStore();
    const cache = await makeFolder();
    const ref = await storeFiles(store, 'model', { weights: 'w' });
    const folder = join(await readArtifact(store, ref, cache), '..');
    const old = new Date(Date.now() - 9 * DAY);
    for (const name of ['verified.json', 'files/weights'])
      await utimes(join(folder, name), old, old);
    await readArtifact(store, ref, cache);
    expect((await trimCache(cache, { maxBytes: 0 })).removed).toBe(0);
    const later = Date.now() + 2 * DAY;
    expect((await trimCache(cache, { maxBytes: 0, now: later })).removed).toBe(1);
    const again = await readArtifact(store, ref, cache);
    expect(await readFile(join(again, 'weights'), 'utf8')).toBe('w');
  });
});
