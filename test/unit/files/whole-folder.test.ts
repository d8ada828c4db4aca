import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { describeFailure, ExitCode } from '../../../cli/failures.js';
import {
  PlaceTakenError,
  moveFolder,
  placeFolder,
  replaceFolder,
} from '../../../files/whole-folder.js';

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
    await expect(placeFolder(source, join(full, 'mine.txt'))).rejects.toThrow(PlaceTakenError);
    await expect(placeFolder(source, join(full, 'mine.txt', 'below'))).rejects.toThrow(
      PlaceTakenError,
    );
    expect(await readdir(full)).toEqual(['mine.txt']);
  });

  it('fails in a way that the command line reports as wrong usage', async () => {
    const full = join(root, 'full');
    await mkdir(full);
    await writeFile(join(full, 'mine.txt'), 'mine');
    const failure: unknown = await placeFolder(source, full).catch((error: unknown) => error);
    expect(describeFailure(failure)).toEqual({
      message: `${full} is not empty (it holds mine.txt). Name a folder that does not exist yet, or an empty one.`,
      exitCode: ExitCode.usage,
    });
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

describe('moveFolder', () => {
  it('puts the folder where nothing was, under its new name alone', async () => {
    await moveFolder(source, join(root, 'target'), () => Promise.resolve(false));
    expect(await readdir(root)).toEqual(['target']);
  });

  it('leaves a sound folder that another process put there first', async () => {
    const target = join(root, 'target');
    await mkdir(target);
    await writeFile(join(target, 'theirs.txt'), 'theirs');
    await moveFolder(source, target, () => Promise.resolve(true));
    expect(await readdir(target)).toEqual(['theirs.txt']);
    expect((await readdir(root)).sort()).toEqual(['source', 'target']);
  });

  it('replaces damage that stands in the way', async () => {
    const target = join(root, 'target');
    await mkdir(target);
    await writeFile(join(target, 'torn.txt'), 'torn');
    await moveFolder(source, target, () => Promise.resolve(false));
    expect((await readdir(target)).sort()).toEqual(['config.json', 'inner']);
    expect(await readdir(root)).toEqual(['target']);
  });
});
