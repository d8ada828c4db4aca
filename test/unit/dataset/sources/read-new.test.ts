import { appendFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { openSources } from '../../../../dataset/sources/open-source.js';
import { readNew, sourcePositionSchema } from '../../../../dataset/sources/read-new.js';
import type { SourceSetting } from '../../../../recipe/sections/collect.js';
import { makePlaces, readOnce } from '../../../support/made-up/open-test-sources.js';

const parquet = (prompts: string[]) =>
  new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 'prompt', data: prompts }] }));
const originsOf = ({ rows }: { rows: { origin: string }[] }) => rows.map(({ origin }) => origin);

/** Two runs with a change between them. */
async function twoRuns(
  files: Record<string, string | Uint8Array>,
  change: (file: (name: string) => string) => Promise<unknown>,
  settings: [SourceSetting[], SourceSetting[]?] = [Object.keys(files)],
) {
  const places = await makePlaces(files);
  const first = await readOnce(settings[0], places);
  await change((name) => join(places.rootFolder, name));
  const stored = sourcePositionSchema.array().parse(JSON.parse(JSON.stringify(first.positions)));
  return { first, second: await readOnce(settings[1] ?? settings[0], places, stored) };
}

describe('readNew', () => {
  it('reads nothing of what is unchanged, and does not decode it', async () => {
    const files = { 'a.jsonl': '{"prompt":"a"}', 'b.parquet': parquet(['b']), 'c.txt': 'c' };
    const { first, second } = await twoRuns(files, async () => undefined);
    expect(first.rows).toHaveLength(3);
    expect(second).toMatchObject({ rows: [], startedOver: undefined, positions: first.positions });
  });

  it('asks the store for digests only when nothing has changed', async () => {
    const places = await makePlaces({}, { 'p/a.txt': 'a\n', 'p/b.txt': 'b\n' });
    const first = await readOnce(['s3://memory/p/'], places);
    places.store.getToFile = () => Promise.reject(new Error('no copy is needed'));
    const second = await readOnce(['s3://memory/p/'], places, first.positions);
    expect(second).toMatchObject({ rows: [], startedOver: undefined });
  });

  it.each([
    ['p.jsonl', '{"prompt":"a"}\n\n', '{"prompt":"b"}\nnot json', ['p.jsonl:3', 'p.jsonl:4']],
    ['p.txt', 'a\nb\n', 'c\n', ['p.txt:3']],
    ['p.csv', 'id;prompt\n1;"a\nx"\n', '2;"b\ny"\n3;c\n', ['p.csv:4', 'p.csv:6']],
    ['p.txt.gz', gzipSync('a\nb\n'), gzipSync('c\n'), ['p.txt.gz:3']],
  ])('reads what %s has grown by, and goes on counting lines', async (name, old, more, origins) => {
    const places = await makePlaces({ [name]: old });
    const first = await readOnce([name], places);
    await appendFile(join(places.rootFolder, name), more);
    const second = await readOnce([name], places, first.positions);
    expect(second.startedOver).toBeUndefined();
    expect(originsOf(second)).toEqual(origins);
    // The position is that of one run over the whole file.
    expect(second.positions).toEqual((await readOnce([name], places)).positions);
    const third = await readOnce([name], places, second.positions);
    expect(third.rows).toEqual([]);
  });

  it('reads what an object of the store has grown by', async () => {
    const places = await makePlaces({}, { 'p.txt': 'a\n' });
    const first = await readOnce(['s3://memory/p.txt'], places);
    await places.store.put('p.txt', 'a\nb\n');
    const second = await readOnce(['s3://memory/p.txt'], places, first.positions);
    expect(second.rows).toEqual([{ origin: 's3://memory/p.txt:2', text: 'b' }]);
  });

  it('reads new files, wherever their names stand among the old ones', async () => {
    const files = { 'p/b.txt': 'b\n', 'p/d.parquet': parquet(['d']) };
    const { second } = await twoRuns(
      files,
      async (file) => {
        await writeFile(file('p/a.txt'), 'a\n');
        await writeFile(file('p/e.parquet'), parquet(['e']));
      },
      [['p']],
    );
    expect(second.startedOver).toBeUndefined();
    expect(originsOf(second)).toEqual(['p/a.txt:1', 'p/e.parquet:row 1']);
    expect(second.positions.map(({ label }) => label)).toEqual([
      'p/a.txt',
      'p/b.txt',
      'p/d.parquet',
      'p/e.parquet',
    ]);
  });

  const both = { 'a.txt': 'a\nb\n', 'b.parquet': parquet(['c']), 'c.txt': 'no end' };
  it.each<[string, (file: (name: string) => string) => Promise<unknown>, string]>([
    ['shrinks', (file) => writeFile(file('a.txt'), 'a\n'), 'a.txt has shrunk from 4 to 2 bytes'],
    ['changes', (file) => writeFile(file('a.txt'), 'a\nc\n'), 'a.txt has changed'],
    [
      'changes and grows',
      (file) => writeFile(file('a.txt'), 'x\nb\nc\n'),
      'changed before the place',
    ],
    ['grows on its last line', (file) => appendFile(file('c.txt'), 's\n'), 'without a line end'],
    [
      'is Parquet and grows',
      (file) => writeFile(file('b.parquet'), parquet(['c', 'd'])),
      'Parquet',
    ],
  ])('reads everything anew when a file %s, and says why', async (_, change, reason) => {
    const { second } = await twoRuns(both, change);
    expect(second.startedOver).toContain(reason);
    expect(second.startedOver).toMatch(/all sources are read anew\.$/);
    expect(originsOf(second)[0]).toBe('a.txt:1');
    expect(originsOf(second)).toContain('b.parquet:row 1');
    expect(second.positions).toHaveLength(3);
  });

  it('reads everything anew when a file is gone or is read with another mapping', async () => {
    const files = { 'a.csv': 'prompt,other\na,b\n', 'b.txt': 'b\n' };
    const mapped = { path: 'a.csv', columns: { prompt: 'other' } };
    const other = await twoRuns(files, async () => undefined, [['a.csv'], [mapped]]);
    expect(other.second.startedOver).toContain('column mapping');
    expect(other.second.rows).toMatchObject([{ text: 'b' }]);
    const gone = await twoRuns(files, (file) => rm(file('b.txt')), [['a.csv', 'b.txt'], ['a.csv']]);
    expect(gone.second.startedOver).toBe('b.txt is no longer a source: all sources are read anew.');
    expect(gone.second.rows).toHaveLength(1);
  });

  it('has no position of a file that was not read to its end', async () => {
    const places = await makePlaces({ 'a.txt': 'a\n', 'b.txt': 'b\nc\n', 'd.txt': 'd\n' });
    const read = await readNew(await openSources(['a.txt', 'b.txt', 'd.txt'], places), undefined);
    for await (const row of read.rows()) if (row.origin === 'b.txt:1') break;
    expect((await read.positions()).map(({ label }) => label)).toEqual(['a.txt']);
  });

  it('refuses a file that changes while it is read', async () => {
    const places = await makePlaces({ 'a.txt': 'a\nb\n' });
    const read = await readNew(await openSources(['a.txt'], places), undefined);
    const consume = async () => {
      for await (const row of read.rows()) {
        if (row.origin === 'a.txt:1')
          await writeFile(join(places.rootFolder, 'a.txt'), 'c\nd\ne\n');
      }
    };
    await expect(consume()).rejects.toThrow('changed while it was read');
    expect(await read.positions()).toEqual([]);
  });

  it('leaves what is appended while it reads to the next run', async () => {
    const places = await makePlaces({ 'a.txt': 'a\nb\n' });
    const read = await readNew(await openSources(['a.txt'], places), undefined);
    for await (const row of read.rows()) {
      if (row.origin === 'a.txt:1') await appendFile(join(places.rootFolder, 'a.txt'), 'c\n');
    }
    const next = await readOnce(['a.txt'], places, await read.positions());
    expect(originsOf(next)).toEqual(['a.txt:3']);
  });
});
