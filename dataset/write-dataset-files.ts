import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { PromptPair, Split } from '../contracts/records.js';
import { formatJsonl } from '../files/jsonl.js';

/** Pairs held at a time: a row group of the Parquet file, some 4 MB of text. */
const PAIRS_PER_GROUP = 10_000;

/** Files of a split. */
export function datasetFileNames(split: Split): { jsonl: string; parquet: string } {
  return { jsonl: `${split}.jsonl`, parquet: `${split}.parquet` };
}

/**
 * Ensures that `<split>.jsonl` and `<split>.parquet` in `folder` hold the pairs, in order; returns how many.
 *
 * One pass; no more than a row group is in memory. The same pairs give the same bytes. If the pairs end in an error
 * neither file is left.
 */
export async function writeDatasetFiles(
  folder: string,
  split: Split,
  pairs: AsyncIterable<PromptPair> | Iterable<PromptPair>,
): Promise<number> {
  const names = datasetFileNames(split);
  const [jsonlPath, parquetPath] = [join(folder, names.jsonl), join(folder, names.parquet)];
  try {
    const lines = await open(jsonlPath, 'w');
    try {
      const table = createPairTable(parquetPath);
      let count = 0;
      let group: PromptPair[] = [];
      const flush = async () => {
        if (group.length === 0) return;
        await lines.appendFile(formatJsonl(group));
        await table.append(group);
        group = [];
      };
      for await (const pair of pairs) {
        count += 1;
        group.push(pair);
        if (group.length === PAIRS_PER_GROUP) await flush();
      }
      await flush();
      await table.close();
      return count;
    } finally {
      await lines.close();
    }
  } catch (error) {
    await Promise.all([jsonlPath, parquetPath].map((path) => rm(path, { force: true })));
    throw error;
  }
}

/** Every field of a pair is a text; a new one is refused by the compiler until its type is given here. */
const COLUMNS = {
  id: 'STRING',
  rowId: 'STRING',
  route: 'STRING',
  x: 'STRING',
  y: 'STRING',
} as const satisfies Record<keyof PromptPair, 'STRING'>;
const NAMES = Object.keys(COLUMNS) as (keyof PromptPair)[];

/** A Parquet file that grows by row groups. */
export interface PairTable {
  append(rows: readonly PromptPair[]): Promise<void>;
  /** Writes the footer: before, the file is no Parquet. */
  close(): Promise<void>;
}

/** Starts a Parquet file of pairs at `path`: text columns without nulls, Snappy. */
export function createPairTable(path: string): PairTable {
  const writer = new ParquetWriter({
    writer: fileWriter(path),
    createdBy: 'burnish',
    schema: [
      { name: 'root', num_children: NAMES.length },
      ...NAMES.map((name) => ({
        name,
        type: 'BYTE_ARRAY' as const,
        converted_type: 'UTF8' as const,
        logical_type: { type: COLUMNS[name] },
        repetition_type: 'REQUIRED' as const,
      })),
    ],
  });
  return {
    async append(rows) {
      const columnData = NAMES.map((name) => ({ name, data: rows.map((row) => row[name]) }));
      await writer.write({ columnData, rowGroupSize: rows.length });
    },
    async close() {
      await writer.finish();
    },
  };
}
