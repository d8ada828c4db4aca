import { fileWriter, ParquetWriter } from 'hyparquet-writer';
import type { PromptPair } from '../contracts/records.js';

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
