import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { digestOf } from './digest.js';
import { explainFullDisk } from './disk-full.js';
import { identify, isAlive } from './process-identity.js';

/** `work-<machine>-<pid>-<start of the process>-<random>`: the start tells a process from a later one with its number. */
const namePattern = /^work-([0-9a-f]{8})-(\d+)-(\d+)-/;
const machine = digestOf(hostname()).slice(0, 8);

/**
 * What `work` returns, given a new empty folder under `cacheFolder` that is gone afterwards, whatever happens.
 *
 * @throws DiskFullError, which names the folder, if `work` fails for want of space.
 */
export async function withWorkFolder<T>(
  cacheFolder: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  let folder: string | undefined;
  try {
    await mkdir(cacheFolder, { recursive: true });
    const { pid, startTime } = identify(process.pid);
    folder = await mkdtemp(join(cacheFolder, `work-${machine}-${pid}-${startTime}-`));
    return await work(folder);
  } catch (error) {
    throw explainFullDisk(error, cacheFolder);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Deletes the work folders of processes of this machine that have ended, and returns how many there were. */
export async function sweepWorkFolders(cacheFolder: string): Promise<number> {
  let count = 0;
  for (const name of await readdir(cacheFolder).catch(() => [])) {
    const [, owner, pid, startTime = ''] = namePattern.exec(name) ?? [];
    if (owner !== machine || pid === undefined) continue;
    if (isAlive({ pid: Number(pid), startTime })) continue;
    await rm(join(cacheFolder, name), { recursive: true, force: true });
    count += 1;
  }
  return count;
}
