import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { InputInvalidError } from '../../../files/input-invalid-error.js';
import {
  formatJsonl,
  openLineFile,
  parseJsonl,
  readAllRows,
  readRecords,
  writeJsonl,
} from '../../../files/jsonl.js';
import { makeFolder } from '../../support/folders.js';

const rowSchema = z.strictObject({ n: z.int() });
const text = '{"n":1}\n{"n":2}\n';

async function fileOf(content: string): Promise<string> {
  const path = join(await makeFolder(), 'rows.jsonl');
  await writeFile(path, content);
  return path;
}

describe('writing', () => {
  it('gives one object a line, in order, from a list, a stream, row by row and as a text', async () => {
    const folder = await makeFolder();
    const rows = [{ n: 1 }, { n: 2 }];
    expect(await writeJsonl(join(folder, 'list'), rows)).toBe(2);
    const stream = (async function* () {
      await Promise.resolve();
      yield* rows;
    })();
    expect(await writeJsonl(join(folder, 'stream'), stream)).toBe(2);
    const file = openLineFile(join(folder, 'lines'));
    for (const row of rows) await file.write(row);
    await file.close();
    for (const name of ['list', 'stream', 'lines'])
      expect(await readFile(join(folder, name), 'utf8')).toBe(text);
    expect(formatJsonl(rows)).toBe(text);
  });

  it('writes more than a block of characters without losing a row', async () => {
    const path = join(await makeFolder(), 'rows.jsonl');
    const rows = Array.from({ length: 30_000 }, (_, n) => ({ n }));
    expect(await writeJsonl(path, rows)).toBe(30_000);
    expect(await readAllRows(path, rowSchema)).toEqual(rows);
  });

  it('fails with the error of the rows, and with that of the file system', async () => {
    const folder = await makeFolder();
    const broken = (function* () {
      yield { n: 1 };
      throw new Error('no more rows');
    })();
    await expect(writeJsonl(join(folder, 'rows.jsonl'), broken)).rejects.toThrow('no more rows');
    await expect(writeJsonl(join(folder, 'missing', 'rows.jsonl'), [{ n: 1 }])).rejects.toThrow(
      'ENOENT',
    );
  });
});

describe('reading', () => {
  it('gives the checked rows and passes over empty lines', async () => {
    const path = await fileOf(`${text}\n{"n":3}`);
    const rows = [{ n: 1 }, { n: 2 }, { n: 3 }];
    expect(await readAllRows(path, rowSchema)).toEqual(rows);
    expect(readRecords(path, rowSchema)).toEqual(rows);
    expect(parseJsonl(await readFile(path, 'utf8'))).toEqual(rows);
  });

  it('names file and line of a row of an artifact that does not fit', async () => {
    const path = await fileOf(`${text}{"n":"three"}\n`);
    await expect(readAllRows(path, rowSchema)).rejects.toThrow(
      `${path}:3 is not the expected row: `,
    );
  });

  it('refuses an input with file and line: a row that does not fit, no JSON, no file', async () => {
    for (const line of ['{"n":"three"}', '{"n":']) {
      const path = await fileOf(`${text}${line}\n`);
      expect(() => readRecords(path, rowSchema)).toThrow(InputInvalidError);
      expect(() => readRecords(path, rowSchema)).toThrow(`${path}:3: `);
    }
    const missing = join(await makeFolder(), 'none.jsonl');
    expect(() => readRecords(missing, rowSchema)).toThrow(
      `${missing}: expected a JSONL file, found nothing`,
    );
  });
});
