import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { describe, expect, it } from 'vitest';
import { writeDatasetFiles } from '../../../dataset/write-dataset-files.js';
import { writeJsonl } from '../../../files/jsonl.js';
import type { PromptPair } from '../../../contracts/records.js';
import { makeFolder } from '../../support/folders.js';

const pairOf = (index: number): PromptPair => ({
  id: `r${index}-summary`,
  rowId: `r${index}`,
  route: index % 3 === 0 ? 'caption' : 'summary',
  x: index === 0 ? 'naïve "fox" 🦊\n' : `a fox ${index}`,
  y: `a fox ${index}, 8k, oil painting`,
});
const pairs = (count: number) => Array.from({ length: count }, (_, index) => pairOf(index));

describe('dataset files', () => {
  it('hold the same rows in the same order as JSON lines and as Parquet', async () => {
    const folder = await makeFolder();
    expect(await writeDatasetFiles(folder, 'train', pairs(12_000))).toBe(12_000);
    await writeJsonl(join(folder, 'expected.jsonl'), pairs(12_000));
    const lines = await readFile(join(folder, 'train.jsonl'), 'utf8');
    expect(lines === (await readFile(join(folder, 'expected.jsonl'), 'utf8'))).toBe(true);
    const file = await asyncBufferFromFile(join(folder, 'train.parquet'));
    const rows = await parquetReadObjects({ file });
    expect(rows.map((row) => `${JSON.stringify(row)}\n`).join('') === lines).toBe(true);
  });

  it('are written by row groups of text columns without nulls', async () => {
    const folder = await makeFolder();
    await writeDatasetFiles(folder, 'test', pairs(10_001));
    const file = await asyncBufferFromFile(join(folder, 'test.parquet'));
    const { row_groups: groups, schema } = await parquetMetadataAsync(file);
    expect(groups.map((group) => Number(group.num_rows))).toEqual([10_000, 1]);
    expect(schema.slice(1).map(({ name }) => name)).toEqual(['id', 'rowId', 'route', 'x', 'y']);
    for (const column of schema.slice(1)) {
      expect(column).toMatchObject({
        type: 'BYTE_ARRAY',
        converted_type: 'UTF8',
        repetition_type: 'REQUIRED',
      });
    }
  });

  it('have the same bytes for the same pairs', async () => {
    const folders = [await makeFolder(), await makeFolder()];
    for (const folder of folders) await writeDatasetFiles(folder, 'validation', pairs(500));
    const [one, other] = await Promise.all(
      folders.map((folder) => readFile(join(folder, 'validation.parquet'))),
    );
    expect(one!.equals(other!)).toBe(true);
  });

  it('of no pairs are an empty file and a table without rows', async () => {
    const folder = await makeFolder();
    expect(await writeDatasetFiles(folder, 'test', [])).toBe(0);
    expect(await readFile(join(folder, 'test.jsonl'), 'utf8')).toBe('');
    const file = await asyncBufferFromFile(join(folder, 'test.parquet'));
    expect(await parquetReadObjects({ file })).toEqual([]);
  });

  it('are both taken away when the pairs end in an error', async () => {
    const folder = await makeFolder();
    async function* failing() {
      yield* pairs(10_005);
      await Promise.resolve();
      throw new Error('the shard is damaged');
    }
    await expect(writeDatasetFiles(folder, 'train', failing())).rejects.toThrow(
      'the shard is damaged',
    );
    expect(await readdir(folder)).toEqual([]);
  });
});
