import type { SchemaElement } from 'hyparquet';
import { fileWriter, parquetWriteRows } from 'hyparquet-writer';
import { DIRT, type Dirt } from './dirt.js';
import { createRowMaker, type DiffusionDbRow } from './make-row.js';
import { readPhrases } from './read-phrases.js';

export interface MetadataOptions {
  /** Overwritten if it is there. */
  path: string;
  /** How many rows. */
  rowCount: number;
  /** The first row; a table of 1,000 rows from 200,000 goes on where one of 200,000 from 0 ends. */
  firstRow?: number;
  seed: number;
  rowGroupSize?: number;
  imageEnding?: 'png' | 'webp';
}

const integer = (name: string, bitWidth: 8 | 16 | 32): SchemaElement => ({
  name,
  type: 'INT32',
  repetition_type: 'OPTIONAL',
  converted_type: `UINT_${bitWidth}`,
  logical_type: { type: 'INTEGER', bitWidth, isSigned: false },
});
const text = (name: string): SchemaElement => ({
  name,
  type: 'BYTE_ARRAY',
  repetition_type: 'OPTIONAL',
  converted_type: 'UTF8',
  logical_type: { type: 'STRING' },
});
const float = (name: string): SchemaElement => ({
  name,
  type: 'FLOAT',
  repetition_type: 'OPTIONAL',
});

/** Names and types of both metadata tables, by poloclub/diffusiondb's own description. */
const COLUMNS: SchemaElement[] = [
  text('image_name'),
  text('prompt'),
  integer('part_id', 16),
  integer('seed', 32),
  integer('step', 16),
  float('cfg'),
  integer('sampler', 8),
  integer('width', 16),
  integer('height', 16),
  text('user_name'),
  {
    name: 'timestamp',
    type: 'INT64',
    repetition_type: 'OPTIONAL',
    converted_type: 'TIMESTAMP_MILLIS',
    logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MILLIS' },
  },
  float('image_nsfw'),
  float('prompt_nsfw'),
];

/**
 * Writes a Parquet file of made-up rows in the schema of DiffusionDB's metadata tables, Snappy-compressed, a row group at a
 * time: memory does not grow with the rows. Same options, same bytes.
 *
 * The result counts the rows by what is wrong with them, as they were made.
 */
export function writeDiffusionDb(options: MetadataOptions): Record<Dirt | 'clean', number> {
  const {
    path,
    rowCount,
    firstRow = 0,
    seed,
    rowGroupSize = 10_000,
    imageEnding = 'png',
  } = options;
  const makeRow = createRowMaker(readPhrases(), { seed, imageEnding });
  const kinds = ['clean', ...Object.keys(DIRT)] as (Dirt | 'clean')[];
  const counts = Object.fromEntries(kinds.map((kind) => [kind, 0])) as Record<
    Dirt | 'clean',
    number
  >;
  function* rows(): Generator<Record<keyof DiffusionDbRow, unknown>> {
    for (let index = firstRow; index < firstRow + rowCount; index += 1) {
      const { row, dirt } = makeRow(index);
      counts[dirt ?? 'clean'] += 1;
      yield row;
    }
  }
  void parquetWriteRows({
    writer: fileWriter(path),
    rows: rows(),
    columns: COLUMNS.map(({ name }) => ({ name })),
    schema: [
      { name: 'schema', num_children: COLUMNS.length, repetition_type: 'REQUIRED' },
      ...COLUMNS,
    ],
    rowGroupSize,
  });
  return counts;
}
