import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { PromptPair, Split } from '../contracts/records.js';
import { formatJsonl } from '../files/jsonl.js';
import { createPairTable } from './pair-table.js';

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
