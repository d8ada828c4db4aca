import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import pMap, { pMapSkip } from 'p-map';
import type { FileEntry } from '../contracts/artifact.js';
import { sha256OfFile } from '../files/digest.js';
import { assertObjectKey, type ObjectStore } from './object-store.js';

/** A file in the store whose bytes are not what its list says. */
export class StoredFileCorruptError extends Error {
  readonly key: string;
  readonly expected: string;
  readonly found: string;

  constructor(key: string, expected: string, found: string) {
    super(`Expected ${expected} at ${key} and found ${found}.`);
    this.name = 'StoredFileCorruptError';
    this.key = key;
    this.expected = expected;
    this.found = found;
  }
}

/** A folder that cannot be stored: empty, a link in it, or a name that is no object key. */
export class FolderInvalidError extends Error {
  constructor(folder: string, found: string, options?: ErrorOptions) {
    super(
      `Expected a folder of plain files to store and found ${found} in ${folder}. Nothing was stored.`,
      options,
    );
    this.name = 'FolderInvalidError';
  }
}

/** Files in flight at once; more gain nothing on one link and hold more parts in memory. */
const parallelFiles = 4;

/**
 * Every file below a folder with size and SHA-256, sorted by path.
 * @throws FolderInvalidError if the folder is empty or holds what cannot be stored.
 */
export async function listFolder(folder: string): Promise<FileEntry[]> {
  const paths = await walk(folder, '');
  if (paths.length === 0) throw new FolderInvalidError(folder, 'no file');
  paths.sort((a, b) => (a < b ? -1 : 1));
  return mapInParallel(paths, async (path) => {
    const local = join(folder, path);
    const { size } = await lstat(local);
    return { path, byteLength: size, sha256: await sha256OfFile(local) };
  });
}

async function walk(folder: string, parent: string): Promise<string[]> {
  const paths: string[] = [];
  for (const entry of await readdir(join(folder, parent), { withFileTypes: true })) {
    const path = parent === '' ? entry.name : `${parent}/${entry.name}`;
    if (entry.isDirectory()) {
      paths.push(...(await walk(folder, path)));
      continue;
    }
    if (!entry.isFile()) throw new FolderInvalidError(folder, `"${path}", which is no plain file`);
    try {
      assertObjectKey(path);
    } catch (error) {
      throw new FolderInvalidError(folder, `the name "${path}"`, { cause: error });
    }
    paths.push(path);
  }
  return paths;
}

/** Uploads the files of a folder to `<prefix>/<path>`. */
export async function uploadFiles(
  store: ObjectStore,
  files: FileEntry[],
  place: { prefix: string; folder: string },
): Promise<void> {
  await mapInParallel(files, ({ path }) =>
    store.putFile(`${place.prefix}/${path}`, join(place.folder, path)),
  );
}

/** Results in the order of the items; the first failure is thrown after work in flight has ended, and nothing starts after it. */
export async function mapInParallel<Item, Result>(
  items: readonly Item[],
  run: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const failures: unknown[] = [];
  const runUnlessFailed = async (item: Item): Promise<Result | typeof pMapSkip> => {
    if (failures.length > 0) return pMapSkip;
    try {
      return await run(item);
    } catch (error) {
      failures.push(error);
      return pMapSkip;
    }
  };
  const results = await pMap(items, runUnlessFailed, { concurrency: parallelFiles });
  if (failures.length > 0) throw failures[0];
  return results;
}
