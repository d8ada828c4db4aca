import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { PromptPair, Split } from '../contracts/records.js';
import { formatJsonl } from '../files/jsonl.js';

/** Pairs held at a time: a row group of the Parquet file, some 4 MB of text. */
const PAIRS_PER_GROUP = 10_000;

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
  const jsonlPath = join(folder, `${split}.jsonl`);
  const parquetPath = join(folder, `${split}.parquet`);
  try {
    const lines = await open(jsonlPath, 'w');
    try {
      const table = startPairTable(parquetPath);
      let count = 0;
      let group: PromptPair[] = [];
      const flush = async () => {
        if (group.length === 0) return;
        await lines.appendFile(formatJsonl(group));
        const columnData = NAMES.map((name) => ({ name, data: group.map((pair) => pair[name]) }));
        await table.write({ columnData, rowGroupSize: group.length });
        group = [];
      };
      for await (const pair of pairs) {
        count += 1;
        group.push(pair);
        if (group.length === PAIRS_PER_GROUP) await flush();
      }
      await flush();
      await table.finish();
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

/** Starts a Parquet file of pairs at `path`: text columns without nulls, Snappy. `finish` writes its footer. */
function startPairTable(path: string): ParquetWriter {
  return new ParquetWriter({
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
}
