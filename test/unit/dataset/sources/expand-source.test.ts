import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestSources, openSources } from '../../../../dataset/sources/open-source.js';
import {
  sourceFormats,
  sourcesSchema,
  type SourceSetting,
} from '../../../../recipe/sections/collect.js';
import { sha256 } from '../../../../files/digest.js';
import { makeFiles } from '../../../support/folders.js';
import { makePlaces, readOnce } from '../../../support/made-up/open-test-sources.js';

const files = {
  'parts/part-10.txt': 'ten',
  'parts/part-2.txt': 'two',
  'parts/notes.md': 'no prompts',
  'parts/.hidden.txt': 'hidden',
  'parts/deeper/part-3.txt': 'three',
  'parts/a.jsonl': '{"prompt":"a"}',
  'empty/notes.md': 'x',
};
const objects = {
  'parts/part-10.txt': 'ten',
  'parts/part-2.txt': 'two',
  'parts/deeper/part-3.txt': 'three',
  'parts/notes.md': 'no prompts',
};
const labelsOf = async (settings: SourceSetting[]) =>
  (await openSources(settings, await makePlaces(files, objects))).map(({ label }) => label);

describe('a source of several files', () => {
  it.each([
    ['parts', ['parts/a.jsonl', 'parts/part-10.txt', 'parts/part-2.txt']],
    ['parts/', ['parts/a.jsonl', 'parts/part-10.txt', 'parts/part-2.txt']],
    ['./parts/part-?.txt', ['parts/part-2.txt']],
    ['parts/part-*.txt', ['parts/part-10.txt', 'parts/part-2.txt']],
    ['s3://memory/parts/', ['s3://memory/parts/part-10.txt', 's3://memory/parts/part-2.txt']],
    ['s3://memory/parts/part-?.txt', ['s3://memory/parts/part-2.txt']],
  ])('is %s: its known files in name order, those beneath it left out', async (path, labels) => {
    expect(await labelsOf([path])).toEqual(labels);
  });

  it('is read file after file, from the store through one copy at a time', async () => {
    const places = await makePlaces({}, objects);
    const { rows } = await readOnce(['s3://memory/parts/'], places);
    expect(rows.map((row) => ('text' in row ? row.text : ''))).toEqual(['ten', 'two']);
    const { readdir } = await import('node:fs/promises');
    expect(await readdir(places.workFolder)).toEqual([]);
  });

  it.each(sourceFormats)('says of the ending .%s that it is known', async (format) => {
    await expect(labelsOf(['empty'])).rejects.toThrow(
      new RegExp(`expected names that end in .*\\.${format}\\b`),
    );
    expect(sourcesSchema.meta()?.['x-meaning']).toContain(`.${format}`);
  });

  it('takes any name when its format is told', async () => {
    const rows = await readOnce([{ path: 'parts/*.md', format: 'txt' }], await makePlaces(files));
    expect(rows.rows).toEqual([{ origin: 'parts/notes.md:1', text: 'no prompts' }]);
  });

  it.each([
    ['empty', 'holds no prompt file'],
    ['parts/x-*.txt', 'matches no file'],
    ['part*/a.jsonl', 'has * or ? in the name of a folder'],
    ['../*.txt', 'leaves the folder'],
    ['s3://memory/nothing/', 'holds no prompt file'],
    ['s3://memory/parts/../x/*.txt', 'cannot be read'],
    ['s3://other/parts/', 'is not in the configured store'],
  ])('is refused as %s', async (path, message) => {
    await expect(labelsOf([path])).rejects.toMatchObject({
      name: 'InputInvalidError',
      message: expect.stringContaining(message) as string,
    });
  });

  it('is refused when a file of it is a link that leads out, or is named twice', async () => {
    const outside = await makeFiles({ 'p.txt': 'secret' });
    const places = await makePlaces(files);
    await expect(openSources(['parts', 'parts/a.jsonl'], places)).rejects.toThrow('named twice');
    await symlink(join(outside, 'p.txt'), join(places.rootFolder, 'parts/link.txt'));
    await expect(openSources(['parts'], places)).rejects.toThrow(
      'parts/link.txt leaves the folder',
    );
  });

  it('is an error when it has no row at all, not when one of its files has none', async () => {
    const some = await makePlaces({ 'p/a.csv': 'prompt\n', 'p/b.csv': 'prompt\na\n' });
    expect((await readOnce(['p'], some)).rows).toHaveLength(1);
    const none = await makePlaces({ 'p/a.csv': 'prompt\n', 'p/b.txt': '\n' });
    await expect(readOnce(['p'], none)).rejects.toThrow('Source p has no rows');
  });
});

describe('digestSources', () => {
  it('digests every file in the order it is read, and copies none', async () => {
    const places = await makePlaces(files, objects);
    const dependencies = { ...places, cacheFolder: join(places.workFolder, 'never-made') };
    const digests = await digestSources(['parts', 's3://memory/parts/'], dependencies);
    expect(digests).toEqual(['{"prompt":"a"}', 'ten', 'two', 'ten', 'two'].map((x) => sha256(x)));
  });
});
