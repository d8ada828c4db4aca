/** A disk that is really full: a tmpfs of one megabyte, where one can be mounted. */
import { execFile } from 'node:child_process';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { withWorkFolder } from '../../../files/work-folder.js';
import { readArtifact } from '../../../storage/artifacts.js';
import { makeFolder, readFiles } from '../../support/folders.js';
import { storeFiles } from '../../support/made-up/made-up-run.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

const run = promisify(execFile);

/** An empty file system of one megabyte; `undefined` where none may be mounted. */
async function mountSmallDisk(): Promise<string | undefined> {
  const folder = await makeFolder();
  try {
    await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', folder]);
  } catch {
    return undefined;
  }
  onTestFinished(async () => {
    await run('umount', [folder]);
  });
  return folder;
}

test('a download or a work folder that finds no room says where, leaves no half file, and works once there is room', async ({
  skip,
}) => {
  const disk = await mountSmallDisk();
  if (disk === undefined) return skip('no tmpfs can be mounted here');
  const store = createMemoryStore();
  const files = { weights: 'w'.repeat(3_000_000) };
  const large = await storeFiles(store, 'model', files);
  const failed = readArtifact(store, large, disk);
  await expect(failed).rejects.toMatchObject({ name: 'DiskFullError' });
  await expect(failed).rejects.toThrow(disk);
  expect(await readdir(join(disk, 'model'))).toEqual([]);

  const worked = withWorkFolder(disk, (folder) => writeFile(join(folder, 'big'), files.weights));
  await expect(worked).rejects.toMatchObject({ name: 'DiskFullError' });
  expect(await readdir(disk)).toEqual(['model']);

  await run('mount', ['-o', 'remount,size=8m', disk]);
  expect(await readFiles(await readArtifact(store, large, disk))).toEqual(files);
});
