import { readFileSync } from 'node:fs';
import type { AsyncBuffer } from 'hyparquet';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { describe, expect, it } from 'vitest';
import { readBuffer } from '../../../../dataset/sources/read-parquet.js';
import { makePlaces, readOnce } from '../../../support/made-up/open-test-sources.js';

const PAGE_BYTES = 64 * 1024;
const ROWS = 60_000;
/** Window, page and look-ahead of two columns. */
const BYTES_AHEAD = 4 * (1 << 20);

/** A table whose prompts do not compress, 100 bytes each, in one row group or several. */
function makeTable(rowGroupSize: number): ArrayBuffer {
  let state = 1;
  const letters = () => {
    let text = '';
    while (text.length < 100) {
      state = (state * 48_271) % 2_147_483_647;
      text += state.toString(36);
    }
    return text;
  };
  const prompts = Array.from({ length: ROWS }, (_, row) => `${row} ${letters()}`);
  return parquetWriteBuffer({
    columnData: [
      { name: 'prompt', data: prompts, encoding: 'PLAIN' },
      { name: 'unused', data: prompts, encoding: 'PLAIN' },
      { name: 'id', data: prompts.map((_, row) => row), type: 'INT32' },
    ],
    rowGroupSize,
    pageSize: PAGE_BYTES,
  });
}

describe('readParquet', () => {
  it.each([
    ['one row group', ROWS],
    ['many row groups', 1000],
  ])('reads no further ahead than a few pages in %s, and no other column', async (_, size) => {
    const table = makeTable(size);
    let bytesRead = 0;
    const file: AsyncBuffer = {
      byteLength: table.byteLength,
      slice: (start, end = table.byteLength) => {
        bytesRead += end - start;
        return table.slice(start, end);
      },
    };
    let rowCount = 0;
    let promptBytes = 0;
    let furthest = 0;
    for await (const { fields } of readBuffer(file, { label: 'p', columns: {} })) {
      expect(fields).toMatchObject({ id: rowCount });
      rowCount += 1;
      promptBytes += (fields.prompt as string).length;
      furthest = Math.max(furthest, bytesRead - promptBytes);
    }
    expect(rowCount).toBe(ROWS);
    expect(promptBytes).toBeGreaterThan(2 * BYTES_AHEAD - (1 << 21));
    expect(furthest).toBeLessThan(BYTES_AHEAD);
    // The footer, the prompts and the ids; not the second copy of the prompts.
    expect(bytesRead).toBeLessThan(table.byteLength - promptBytes + (1 << 20));
  });

  it("knows DiffusionDB's table by its columns", async () => {
    const table = readFileSync(
      new URL('../../../golden/diffusiondb/metadata.parquet', import.meta.url),
    );
    const { rows } = await readOnce(['m.parquet'], await makePlaces({ 'm.parquet': table }));
    expect(rows).toEqual([
      {
        origin: 'm.parquet:row 1',
        id: '0c46f719-1679-4c64-9ba9-f181e0eae811.png',
        text: 'a small liquid sculpture, corvette, viscous, reflective, digital art',
        promptNsfw: expect.closeTo(0.003835, 6) as number,
        imageNsfw: expect.closeTo(0.084511, 6) as number,
      },
      expect.objectContaining({ id: 'a00bdeaa-14eb-4f6c-a303-97732177eae9.png' }),
      expect.objectContaining({
        origin: 'm.parquet:row 3',
        imageNsfw: expect.closeTo(0.0773, 4) as number,
      }),
    ]);
  });

  it('takes NaN for no score, and refuses a column of lists', async () => {
    const write = (columnData: Parameters<typeof parquetWriteBuffer>[0]['columnData']) =>
      new Uint8Array(parquetWriteBuffer({ columnData }));
    const prompt = { name: 'prompt', data: ['a cat'] };
    const places = await makePlaces({
      'n.parquet': write([prompt, { name: 'score', data: [Number.NaN], type: 'DOUBLE' }]),
      'l.parquet': write([prompt, { name: 'score', data: [['x']], type: 'JSON' }]),
    });
    const told = (path: string) => readOnce([{ path, columns: { aesthetic: 'score' } }], places);
    expect((await told('n.parquet')).rows).toEqual([{ origin: 'n.parquet:row 1', text: 'a cat' }]);
    expect((await told('l.parquet')).rows).toMatchObject([
      { problem: expect.any(String) as string },
    ]);
  });
});
