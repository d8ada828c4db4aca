import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../cli/failures.js';
import { placeFolder, replaceFolder } from '../../../cli/place-folder.js';

let root: string;
let source: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'burnish-place-'));
  source = join(root, 'source');
  await mkdir(join(source, 'inner'), { recursive: true });
  await writeFile(join(source, 'config.json'), '{}');
  await writeFile(join(source, 'inner', 'note.txt'), 'note');
  await chmod(join(source, 'config.json'), 0o444);
});

afterEach(async () => {
  await rm(root, { recursive: true, force: true });
});

describe('placeFolder', () => {
  it('copies every file, writable, into a folder that was not there', async () => {
    const target = join(root, 'new', 'place');
    await placeFolder(source, target);
    expect(await readFile(join(target, 'inner', 'note.txt'), 'utf8')).toBe('note');
    expect((await stat(join(target, 'config.json'))).mode & 0o200).toBe(0o200);
    expect(await readdir(join(root, 'new'))).toEqual(['place']);
  });

  it('takes an empty folder', async () => {
    const target = join(root, 'empty');
    await mkdir(target);
    await placeFolder(source, target);
    expect((await readdir(target)).sort()).toEqual(['config.json', 'inner']);
  });

  it('refuses a folder that holds something, and a file, and changes neither', async () => {
    const full = join(root, 'full');
    await mkdir(full);
    await writeFile(join(full, 'mine.txt'), 'mine');
    await expect(placeFolder(source, full)).rejects.toThrow(/not empty.*mine\.txt/);
    await expect(placeFolder(source, join(full, 'mine.txt'))).rejects.toThrow(UsageError);
    await expect(placeFolder(source, join(full, 'mine.txt', 'below'))).rejects.toThrow(UsageError);
    expect(await readdir(full)).toEqual(['mine.txt']);
  });

  it('leaves nothing behind when copying fails', async () => {
    const target = join(root, 'target');
    await expect(placeFolder(join(root, 'missing'), target)).rejects.toThrow();
    expect(await readdir(root)).toEqual(['source']);
  });
});

describe('replaceFolder', () => {
  it('leaves no file of what was there before', async () => {
    const target = join(root, 'target');
    await mkdir(target);
    await writeFile(join(target, 'old.txt'), 'old');
    await replaceFolder(source, target);
    expect((await readdir(target)).sort()).toEqual(['config.json', 'inner']);
  });
});
