import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** What `work` returns, given a new empty folder under `cacheFolder` that is gone afterwards, whatever happens. */
export async function withWorkFolder<T>(
  cacheFolder: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await mkdir(cacheFolder, { recursive: true });
  const folder = await mkdtemp(join(cacheFolder, 'work-'));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
