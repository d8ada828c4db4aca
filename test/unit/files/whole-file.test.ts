import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  writeWholeFile,
  writeWholeFileSync,
  writeWholeJsonSync,
} from '../../../files/whole-file.js';
import { makeFolder } from '../../support/folders.js';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('writeWholeFile', () => {
  it('writes a text, bytes, or what a function appends, and leaves no other file', async () => {
    const folder = await makeFolder();
    await writeWholeFile(join(folder, 'text'), 'one');
    await writeWholeFile(join(folder, 'bytes'), bytesOf('two'));
    await writeWholeFile(join(folder, 'pieces'), async (append) => {
      await append(bytesOf('th'));
      await append(bytesOf('ree'));
    });
    const names = (await readdir(folder)).sort();
    expect(names).toEqual(['bytes', 'pieces', 'text']);
    const contents = names.map((name) => readFile(join(folder, name), 'utf8'));
    expect(await Promise.all(contents)).toEqual(['two', 'three', 'one']);
  });

  it('leaves the older file as it was when filling fails', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'file');
    await writeFile(path, 'older');
    const failing = writeWholeFile(path, async (append) => {
      await append(bytesOf('half'));
      throw new Error('no more');
    });
    await expect(failing).rejects.toThrow('no more');
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(path, 'utf8')).toBe('older');
  });

  it('holds one of the contents whole when two writers come at once', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'file');
    const contents = ['a', 'b'].map((letter) => letter.repeat(100_000));
    await Promise.all(contents.map((content) => writeWholeFile(path, content)));
    expect(contents).toContain(await readFile(path, 'utf8'));
    expect(await readdir(folder)).toEqual(['file']);
  });
});

describe('writeWholeFileSync', () => {
  it('leaves the older file as it was when filling fails', async () => {
    const folder = await makeFolder();
    const path = join(folder, 'file');
    writeWholeFileSync(path, 'older');
    expect(() => {
      writeWholeFileSync(path, (append) => {
        append(bytesOf('half'));
        throw new Error('no more');
      });
    }).toThrow('no more');
    expect(await readdir(folder)).toEqual(['file']);
    expect(await readFile(path, 'utf8')).toBe('older');
  });

  it('writes JSON with two spaces a level and a final newline', async () => {
    const path = join(await makeFolder(), 'file.json');
    writeWholeJsonSync(path, { a: [1] });
    expect(await readFile(path, 'utf8')).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  });
});

it('puts no torn file in place where the system takes only the first part of it', async () => {
  const folder = await makeFolder();
  const module = fileURLToPath(new URL('../../../files/whole-file.ts', import.meta.url));
  // A file may have 2 KiB: the first write call takes that much, and the next one fails.
  const source = `
    process.chdir(${JSON.stringify(folder)});
    import(${JSON.stringify(module)}).then(async ({ writeWholeFile, writeWholeFileSync }) => {
      let failures = 0;
      try { writeWholeFileSync('sync', 'x'.repeat(5000)) } catch { failures += 1 }
      await writeWholeFile('async', 'x'.repeat(5000)).catch(() => { failures += 1 });
      process.exitCode = 10 + failures;
    });`;
  // A cache of tsx would be cut off, too.
  const command = 'export TSX_DISABLE_CACHE=1; trap "" XFSZ; ulimit -f 2; exec "$@"';
  const program = ['--import', 'tsx', '--eval', source];
  const run = promisify(execFile)('bash', ['-c', command, 'bash', process.execPath, ...program]);
  await expect(run).rejects.toMatchObject({ code: 12 });
  expect(await readdir(folder)).toEqual([]);
});
