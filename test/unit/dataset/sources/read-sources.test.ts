import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openSources } from '../../../../dataset/sources/open-source.js';
import { readNew } from '../../../../dataset/sources/read-new.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { makeFiles, makeFolder } from '../../../support/folders.js';

const jsonl = '{"id":"a","prompt":"a red cat"}\n\n{"prompt":"a blue dog"}';

async function open(source: string, files: Record<string, string | Uint8Array> = {}) {
  const rootFolder = await makeFiles(files);
  const workFolder = await makeFolder();
  const store = createMemoryStore();
  await store.put('prompts/mine.jsonl', jsonl);
  return openSources([source], { store, workFolder, rootFolder });
}

async function rowsOf(source: string, files?: Record<string, string | Uint8Array>) {
  const rows = [];
  const sources = await open(source, files);
  for await (const row of (await readNew(sources, undefined)).rows()) rows.push(row);
  return rows;
}

const parquet = (columns: { name: string; data: unknown[] }[]) =>
  new Uint8Array(parquetWriteBuffer({ columnData: columns }));

describe('openSources', () => {
  const expected = [{ id: 'a', text: 'a red cat' }, { text: 'a blue dog' }];

  it('reads JSON lines, plain and compressed, with the origin of each row', async () => {
    expect(await rowsOf('p.jsonl', { 'p.jsonl': jsonl })).toEqual([
      { origin: 'p.jsonl:1', ...expected[0] },
      { origin: 'p.jsonl:3', ...expected[1] },
    ]);
    expect(await rowsOf('p.jsonl.gz', { 'p.jsonl.gz': gzipSync(jsonl) })).toMatchObject(expected);
  });

  it('reads an object of the configured store', async () => {
    expect(await rowsOf('s3://memory/prompts/mine.jsonl')).toMatchObject(expected);
  });

  it('reads Parquet with `image_name` as the id', async () => {
    const file = parquet([
      { name: 'image_name', data: ['x1.png', 'x2.png', 'x3.png'] },
      { name: 'prompt', data: ['a red cat', null, 'a blue dog'] },
    ]);
    expect(await rowsOf('p.parquet', { 'p.parquet': file })).toMatchObject([
      { origin: 'p.parquet:row 1', id: 'x1.png', text: 'a red cat' },
      { origin: 'p.parquet:row 2', problem: '`prompt` is not a string but null' },
      { id: 'x3.png', text: 'a blue dog' },
    ]);
  });

  it.each([
    ['bundled:none.jsonl', 'does not exist'],
    ['bundled:../package.jsonl', 'does not name a bundled file'],
    ['missing.jsonl', 'does not exist'],
    ['empty.jsonl', 'is empty'],
    ['prompts.xlsx', 'unknown format'],
    ['prompts.parquet.gz', 'unknown format'],
    ['https://example.org/p.jsonl', 'unknown scheme'],
    ['../outside.jsonl', 'leaves the folder'],
    ['s3://other/p.jsonl', 'is not in the configured store (s3://memory)'],
    ['s3://memory/none.jsonl', 'cannot be read'],
    ['s3://memory/../x.jsonl', 'cannot be read'],
    ['folder.jsonl', 'is not a file'],
  ])('refuses %s', async (source, message) => {
    const files = {
      'empty.jsonl': '',
      'folder.jsonl/inside': 'x',
      'prompts.xlsx': 'x',
      'prompts.parquet.gz': 'x',
    };
    const failure = await open(source, files).catch((error: unknown) => error as Error);
    expect(failure).toMatchObject({ name: 'InputInvalidError' });
    expect((failure as Error).message).toContain(source);
    expect((failure as Error).message).toContain(message);
  });

  it('refuses a symbolic link that leaves the folder', async () => {
    const { symlink } = await import('node:fs/promises');
    const outside = await makeFiles({ 'p.jsonl': jsonl });
    const rootFolder = await makeFolder();
    await symlink(join(outside, 'p.jsonl'), join(rootFolder, 'link.jsonl'));
    const places = { store: createMemoryStore(), workFolder: rootFolder, rootFolder };
    await expect(openSources(['link.jsonl'], places)).rejects.toThrow('leaves the folder');
    await writeFile(join(rootFolder, 'own.jsonl'), jsonl);
    await expect(openSources(['own.jsonl'], places)).resolves.toMatchObject([
      { label: 'own.jsonl' },
    ]);
  });

  const whole = parquet([
    { name: 'prompt', data: Array.from({ length: 500 }, (_, i) => `cat ${i}`) },
  ]);
  const packed = gzipSync(
    Array.from({ length: 5000 }, (_, i) => `{"prompt":"cat ${i}"}`).join('\n'),
  );
  it.each([
    ['torn.parquet', whole.subarray(0, whole.length - 40), 'cannot be read as Parquet'],
    ['torn-middle.parquet', tornMiddle(whole), 'cannot be read as Parquet'],
    ['text.parquet', 'this is not parquet at all', 'cannot be read as Parquet'],
    ['other.parquet', parquet([{ name: 'text', data: ['a'] }]), 'has no column `prompt`'],
    ['torn.jsonl.gz', packed.subarray(0, packed.length - 20), 'in the middle of its gzip data'],
    ['text.jsonl.gz', '{"prompt":"plain"}', 'is not valid gzip'],
  ])('refuses %s by name', async (name, content, message) => {
    const failure = await rowsOf(name, { [name]: content }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ name: 'InputInvalidError' });
    expect((failure as Error).message).toContain(name);
    expect((failure as Error).message).toContain(message);
  });
});

/** Zeroes the first pages: the footer is whole, the data is not. */
function tornMiddle(file: Uint8Array): Uint8Array {
  const torn = file.slice();
  torn.fill(0xff, 4, 40);
  return torn;
}
