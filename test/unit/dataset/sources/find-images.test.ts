import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { makePlaces, readOnce } from '../../../support/made-up/open-test-sources.js';

const metadata = readFileSync(
  new URL('../../../golden/diffusiondb/metadata.parquet', import.meta.url),
);
// The table's rows are of the parts 1050, 905 and 286.
const names = [
  '0c46f719-1679-4c64-9ba9-f181e0eae811.png',
  'a00bdeaa-14eb-4f6c-a303-97732177eae9.png',
];

async function imagesOf(files: Record<string, string>, images: string, inStore = false) {
  const places = await makePlaces(
    { 'm.parquet': metadata, ...(inStore ? {} : files) },
    inStore ? files : {},
  );
  const { rows } = await readOnce([{ path: 'm.parquet', images }], places);
  return rows.map((row) => ('text' in row ? row.image : row.problem));
}

describe("DiffusionDB's pictures", () => {
  it.each([
    ['pictures', 'pictures'],
    ['pictures/images', 'pictures'],
    ['pictures/diffusiondb-large-part-1', 'pictures/'],
  ])(
    'are found in folders and zips of parts in %s; a part that is not there has none',
    async (base, images) => {
      const files = { [`${base}/part-001050/x.png`]: 'x', [`${base}/part-000905.zip`]: 'x' };
      const expected = [
        `${base}/part-001050/${names[0]!}`,
        `${base}/part-000905.zip#${names[1]!}`,
        undefined,
      ];
      expect(await imagesOf(files, images)).toEqual(expected);
      expect(await imagesOf(files, `s3://memory/${images}`, true)).toEqual(
        expected.map((address) => address && `s3://memory/${address}`),
      );
    },
  );

  it('are in one zip, or behind an address, when `images` is one', async () => {
    expect((await imagesOf({ 'all.zip': 'x' }, 'all.zip'))[0]).toBe(`all.zip#${names[0]!}`);
    expect((await imagesOf({}, 'https://pictures.example/2m/'))[0]).toBe(
      `https://pictures.example/2m/part-001050/${names[0]!}`,
    );
  });

  it.each([
    ['nowhere', 'do not exist'],
    ['../pictures', 'leaves the folder'],
    ['s3://other/pictures', 'is not in the configured store'],
    ['ftp://pictures.example', 'unknown scheme'],
  ])('may not be in %s', async (images, message) => {
    await expect(imagesOf({}, images)).rejects.toMatchObject({
      name: 'InputInvalidError',
      message: expect.stringContaining(message) as string,
    });
  });
});

describe('pictures that rows name', () => {
  it.each([
    ['deep/p.jsonl', 'x.png', undefined, 'deep/x.png'],
    ['p.jsonl', './a/../x.png', undefined, 'x.png'],
    ['p.jsonl', 'https://pictures.example/x.png', undefined, 'https://pictures.example/x.png'],
    ['p.jsonl', 's3://memory/x.png', undefined, 's3://memory/x.png'],
    ['p.jsonl', 'a/x.png', 'pictures', 'pictures/a/x.png'],
    ['p.jsonl', 'x.png', 's3://memory/pictures/', 's3://memory/pictures/x.png'],
    ['p.jsonl', 'x.png', 'all.zip', 'all.zip#x.png'],
  ])('of %s: %s with images %s is at %s', async (path, image, images, address) => {
    const places = await makePlaces({
      [path]: JSON.stringify({ prompt: 'a', image }),
      'pictures/x': 'x',
      'all.zip': 'x',
    });
    const setting = { path, columns: { image: 'image' }, images };
    expect((await readOnce([setting], places)).rows).toMatchObject([{ image: address }]);
  });

  it('may be written absolute when they lie in an absolute `images`, and nowhere else', async () => {
    const places = await makePlaces({ 'pictures/x.png': 'x' });
    const images = `${places.rootFolder}/pictures`;
    const lines = [`${images}/x.png`, `${places.rootFolder}/y.png`, `${images}/../z.png`];
    const content = lines.map((image) => JSON.stringify({ prompt: 'a', image })).join('\n');
    const { writeFile } = await import('node:fs/promises');
    await writeFile(`${places.rootFolder}/p.jsonl`, content);
    const setting = { path: 'p.jsonl', columns: { image: 'image' }, images };
    expect((await readOnce([setting], places)).rows).toMatchObject([
      { image: `${images}/x.png` },
      { problem: expect.stringContaining('leaves its folder') as string },
      { problem: expect.stringContaining('leaves its folder') as string },
    ]);
  });
});
