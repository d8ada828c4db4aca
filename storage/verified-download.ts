import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import type { FileEntry } from '../contracts/artifact.js';
import { digestOf, sha256OfFile } from '../files/digest.js';
import { explainFullDisk } from '../files/disk-full.js';
import { moveFolder } from '../files/whole-folder.js';
import { mapInParallel, StoredFileCorruptError } from './file-set.js';
import { markUsed } from './local-cache.js';
import { ObjectMissingError, type ObjectDigest, type ObjectStore } from './object-store.js';

export interface StoredFiles {
  store: ObjectStore;
  /** Key prefix of the files, without a trailing slash. */
  prefix: string;
  files: FileEntry[];
}

/** A download that broke off leaves its folder; no download takes longer than this. */
const staleAfterMs = 24 * 3600 * 1000;

/** Downloads under way in this process, by target: activities that begin together want the same artifact. */
const underWay = new Map<string, Promise<string>>();

/** Size and time of each local file when its digest was checked; others than these ask for a new check. */
const verifiedSchema = z.strictObject({
  seen: z.array(
    z.strictObject({ path: z.string(), byteLength: z.number(), changedAt: z.number() }),
  ),
});

/**
 * A local folder that holds exactly these files, every SHA-256 checked: the one from an earlier call if unchanged.
 * The target's name must stand for the content, as a digest does.
 *
 * Layout: `<target>/files/...` and `<target>/verified.json`, put in place by one rename, so that readers in several
 * processes meet a whole folder or none. The files are read-only.
 * @throws StoredFileCorruptError if the store holds other bytes, after a second download.
 * @throws DiskFullError if there is no room for them.
 */
export async function downloadVerified(source: StoredFiles, target: string): Promise<string> {
  const download =
    underWay.get(target) ?? fetchVerified(source, target).finally(() => underWay.delete(target));
  underWay.set(target, download);
  return download;
}

async function fetchVerified(source: StoredFiles, target: string): Promise<string> {
  const result = join(target, 'files');
  if (await isIntact(source.files, target)) {
    await markUsed(join(target, 'verified.json'));
    return result;
  }
  await mkdir(dirname(target), { recursive: true });
  await removeStale(dirname(target));
  const temporary = join(dirname(target), `.partial-${randomUUID()}`);
  try {
    await mkdir(join(temporary, 'files'), { recursive: true });
    await mapInParallel(source.files, (file) =>
      downloadFile(source, file, join(temporary, 'files', file.path)),
    );
    const verified = { seen: await look(source.files, temporary) };
    await writeFile(join(temporary, 'verified.json'), JSON.stringify(verified));
    await moveFolder(temporary, target, () => isIntact(source.files, target));
  } catch (error) {
    throw explainFullDisk(error, dirname(target));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return result;
}

/**
 * Ensures the store holds these bytes, keeping none of them.
 * @throws StoredFileCorruptError if it does not.
 */
export async function verifyStored(source: StoredFiles): Promise<void> {
  const { store, prefix } = source;
  await mapInParallel(source.files, (file) =>
    expectBytes(`${prefix}/${file.path}`, file, (key) => store.digest(key)),
  );
}

async function downloadFile(
  { store, prefix }: StoredFiles,
  file: FileEntry,
  path: string,
): Promise<void> {
  const key = `${prefix}/${file.path}`;
  await mkdir(dirname(path), { recursive: true });
  await expectBytes(key, file, async () => {
    try {
      await store.getToFile(key, path);
    } catch (error) {
      if (error instanceof ObjectMissingError) return undefined;
      throw error;
    }
    const { size } = await stat(path);
    return { byteLength: size, sha256: await sha256OfFile(path) };
  });
  await chmod(path, 0o444);
}

/** Ensures that `read` finds a file's bytes; a second read tells damage on the way from damage in the store. */
async function expectBytes(
  key: string,
  file: FileEntry,
  read: (key: string) => Promise<ObjectDigest | undefined>,
): Promise<void> {
  for (const isLastTry of [false, true]) {
    const found = await read(key);
    if (found === undefined)
      throw new StoredFileCorruptError(key, `${file.byteLength} bytes`, 'no object');
    if (found.byteLength === file.byteLength && found.sha256 === file.sha256) return;
    if (isLastTry) {
      const expected = `${file.byteLength} bytes with SHA-256 ${file.sha256}`;
      const seen = `${found.byteLength} bytes with SHA-256 ${found.sha256}`;
      throw new StoredFileCorruptError(key, expected, seen);
    }
  }
}

async function look(
  files: FileEntry[],
  folder: string,
): Promise<{ path: string; byteLength: number; changedAt: number }[]> {
  return Promise.all(
    files.map(async ({ path }) => {
      const { size, mtimeMs } = await stat(join(folder, 'files', path));
      return { path, byteLength: size, changedAt: mtimeMs };
    }),
  );
}

async function isIntact(files: FileEntry[], target: string): Promise<boolean> {
  try {
    const text = await readFile(join(target, 'verified.json'), 'utf8');
    const verified = verifiedSchema.parse(JSON.parse(text));
    return digestOf(verified.seen) === digestOf(await look(files, target));
  } catch {
    // Missing, unreadable or changed: all are cured by a download.
    return false;
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.startsWith('.partial-')) continue;
    const path = join(folder, name);
    const seen = await stat(path).catch(() => undefined);
    if (seen !== undefined && Date.now() - seen.mtimeMs > staleAfterMs) {
      await rm(path, { recursive: true, force: true });
    }
  }
}
