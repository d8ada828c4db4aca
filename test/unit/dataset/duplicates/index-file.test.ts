import { readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DuplicateIndex } from '../../../../dataset/duplicates/duplicate-index.js';
import { uniform } from '../../../../text/random.js';
import { makeFolder } from '../../../support/folders.js';

const texts = Array.from({ length: 9000 }, (_, i) =>
  Array.from({ length: 2 + (i % 12) }, (_, j) => `w${Math.floor(uniform(i, j) * 60)}`).join(' '),
);
const sift = (index: DuplicateIndex, own: string[]) =>
  own.map((text) => {
    const earlier = index.find(text);
    if (earlier === undefined) index.takeId(`id ${index.add(text)}`);
    return earlier;
  });

async function saved() {
  const path = join(await makeFolder(), 'duplicates.bin');
  const index = new DuplicateIndex({ threshold: 0.7 });
  sift(index, texts.slice(0, 6000));
  await index.save(path);
  return { path, index };
}

describe('the file of a duplicate index', () => {
  it('goes on where the saved index stood', async () => {
    const { path, index } = await saved();
    const loaded = await DuplicateIndex.load(path);
    expect([loaded.size, loaded.threshold]).toEqual([index.size, 0.7]);
    expect([loaded.hasId('id 5'), loaded.hasId('id x')]).toEqual([true, false]);
    expect(sift(loaded, texts)).toEqual(sift(index, texts));
    await index.save(path);
    await loaded.save(`${path}2`);
    expect((await readFile(path)).equals(await readFile(`${path}2`))).toBe(true);
    expect(await readdir(join(path, '..'))).toEqual(['duplicates.bin', 'duplicates.bin2']);
  });

  it('holds an empty index', async () => {
    const path = join(await makeFolder(), 'duplicates.bin');
    await new DuplicateIndex({ threshold: 0.7 }).save(path);
    expect((await DuplicateIndex.load(path)).size).toBe(0);
  });

  it.each([
    ['torn', 'expected', (path: string) => truncate(path, 5000)],
    ['cut to nothing', 'it has 0 bytes', (path: string) => truncate(path, 0)],
    [
      'of a changed byte',
      'SHA-256',
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[9000] = bytes[9000]! ^ 1;
        await writeFile(path, bytes);
      },
    ],
    ['of another kind', 'another format', (path: string) => writeFile(path, 'x'.repeat(100))],
    ['that is not there', 'cannot be read', (path: string) => writeFile(`${path}x`, '')],
  ])('refuses a file %s, naming it', async (kind, message, damage) => {
    const { path } = await saved();
    await damage(path);
    const place = kind === 'that is not there' ? `${path}y` : path;
    await expect(DuplicateIndex.load(place)).rejects.toMatchObject({
      name: 'InputInvalidError',
      message: expect.stringMatching(new RegExp(`${place}.*${message}`)) as string,
    });
  });
});
