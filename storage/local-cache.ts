import { randomUUID } from 'node:crypto';
import { readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { artifactKinds } from '../contracts/artifact.js';

/** No activity lasts longer: a segment takes a day at most, and an hour around it. */
const longestUseMs = 26 * 3600 * 1000;

/** Folders of the cache whose entries can be fetched or made again. */
const entryFolders = [...artifactKinds, join('engine', 'graphs')];

interface CacheEntry {
  path: string;
  byteLength: number;
  usedAt: number;
}

/** Marks a file of a cache entry as used now; an entry that just went is no error. */
export async function markUsed(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/**
 * Removes the least recently used downloads and compiled graphs until the rest fits, and returns what went.
 *
 * What was used within the longest time an activity may take stays whatever its size, as another process may have it in
 * hand. An entry goes by a rename: it is there whole or not at all.
 */
export async function trimCache(
  cacheFolder: string,
  options: { maxBytes: number; now?: number },
): Promise<{ removed: number; byteLength: number }> {
  const { maxBytes, now = Date.now() } = options;
  const entries = (
    await Promise.all(entryFolders.map((name) => entriesOf(join(cacheFolder, name))))
  ).flat();
  let held = entries.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const outcome = { removed: 0, byteLength: 0 };
  for (const entry of entries.sort((a, b) => a.usedAt - b.usedAt)) {
    if (held <= maxBytes || now - entry.usedAt < longestUseMs) break;
    const aside = `${entry.path}.${randomUUID()}.gone`;
    try {
      await rename(entry.path, aside);
    } catch {
      // Another worker of this machine was first.
      continue;
    }
    await rm(aside, { recursive: true, force: true });
    held -= entry.byteLength;
    outcome.removed += 1;
    outcome.byteLength += entry.byteLength;
  }
  return outcome;
}

async function entriesOf(folder: string): Promise<CacheEntry[]> {
  const names = await readdir(folder).catch(() => []);
  const found = await Promise.all(
    names.map(async (name) => {
      // Left by a trim that broke off.
      if (name.endsWith('.gone')) await rm(join(folder, name), { recursive: true, force: true });
      return /^[0-9a-f]{64}$/.test(name) ? measure(join(folder, name)) : undefined;
    }),
  );
  return found.filter((entry) => entry !== undefined);
}

async function measure(path: string): Promise<CacheEntry | undefined> {
  try {
    let byteLength = 0;
    let usedAt = 0;
    for (const file of await readdir(path, { recursive: true, withFileTypes: true })) {
      if (!file.isFile()) continue;
      const { size, mtimeMs } = await stat(join(file.parentPath, file.name));
      byteLength += size;
      usedAt = Math.max(usedAt, mtimeMs);
    }
    return { path, byteLength, usedAt };
  } catch {
    return undefined;
  }
}
