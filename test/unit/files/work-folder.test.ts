import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { sweepWorkFolders, withWorkFolder } from '../../../files/work-folder.js';
import { makeFolder } from '../../support/folders.js';

it('sweeps the folders of processes that are no more, and those only', async () => {
  const cache = await makeFolder();
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  await withWorkFolder(cache, async (mine) => {
    const [, machine, , start] = basename(mine).split('-');
    const name = (pid: number, at: string): string => `work-${machine!}-${pid}-${at}-abcdef`;
    const reused = name(process.pid, '1');
    const elsewhere = name(child.pid!, start!).replace(machine!, '00000000');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const others = [name(child.pid!, '7'), reused, elsewhere, 'work-by-hand', 'model'];
    for (const other of others) await mkdir(join(cache, other));
    expect(await sweepWorkFolders(cache)).toBe(2);
    const left = [basename(mine), elsewhere, 'model', 'work-by-hand'].sort();
    expect((await readdir(cache)).sort()).toEqual(left);
  });
});

it('says which disk is full when the work fails for want of space, whoever noticed', async () => {
  const cache = await makeFolder();
  const noSpace = Object.assign(new Error('ENOSPC: no space left on device, write'), {
    code: 'ENOSPC',
  });
  for (const error of [noSpace, new Error(noSpace.message)]) {
    const failed = withWorkFolder(cache, async (folder) => {
      await writeFile(join(folder, 'half'), 'a');
      throw error;
    });
    await expect(failed).rejects.toMatchObject({ name: 'DiskFullError', cause: error });
    await expect(failed).rejects.toThrow(cache);
  }
  const other = new Error('something else');
  await expect(withWorkFolder(cache, () => Promise.reject(other))).rejects.toBe(other);
  expect(await readdir(cache)).toEqual([]);
});
