import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { digestOf } from './digest.js';
import { explainFullDisk } from './disk-full.js';

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
    const start = (await startOf(process.pid)) ?? '0';
    folder = await mkdtemp(join(cacheFolder, `work-${machine}-${process.pid}-${start}-`));
    return await work(folder);
  } catch (error) {
    throw explainFullDisk(error, cacheFolder);
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  }
}

/** Deletes the work folders of processes of this machine that are no more, and returns how many there were. */
export async function sweepWorkFolders(cacheFolder: string): Promise<number> {
  let count = 0;
  for (const name of await readdir(cacheFolder).catch(() => [])) {
    const [, owner, pid, start] = namePattern.exec(name) ?? [];
    if (owner !== machine || pid === undefined) continue;
    if ((await startOf(Number(pid))) === start) continue;
    await rm(join(cacheFolder, name), { recursive: true, force: true });
    count += 1;
  }
  return count;
}

/** When a process started, in the kernel's ticks since boot; `undefined` when there is no such process. */
async function startOf(pid: number): Promise<string | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    // The name in brackets may hold blanks; the start is field 22, the state after the bracket is field 3.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19];
  } catch {
    return undefined;
  }
}
