import {
  type ImageFinder,
  mapRow,
  type FoundRow,
  type SourceRow,
  type UnreadableRow,
} from './source-row.js';
import type { OpenedSource } from './open-source.js';
import { readCsv } from './read-csv.js';
import { readJsonl, readTextRows } from './read-jsonl.js';
import type { ByteSpan, ReadTally } from './read-lines.js';
import { readParquet } from './read-parquet.js';
import { jsonlColumns, statedColumns } from './source-columns.js';

/** The rows of one local file of a source; `tally` holds at the end how far it was read. */
export async function* readSource(
  source: Pick<OpenedSource, 'format' | 'setting'>,
  file: { path: string; span: ByteSpan; findImage: ImageFinder },
  tally: ReadTally,
): AsyncGenerator<SourceRow | UnreadableRow> {
  const rows = foundRows(source, file, tally);
  for await (const row of rows) {
    yield 'problem' in row ? row : await mapRow(row, file.findImage);
  }
}

function foundRows(
  { format, setting }: Pick<OpenedSource, 'format' | 'setting'>,
  { path, span }: { path: string; span: ByteSpan },
  tally: ReadTally,
) {
  const columns = statedColumns(setting);
  switch (format) {
    case 'jsonl':
      return readJsonl(path, { ...span, columns: jsonlColumns(columns) }, tally);
    case 'csv':
      return readCsv(path, { ...span, columns }, tally);
    case 'txt':
      return readTxt(path, span, tally);
    case 'parquet':
      return readParquet(path, { label: span.label, columns });
  }
}

/**
 * The rows of a text file with a prompt a line; blank lines are skipped.
 *
 * @throws InputInvalidError if the file itself cannot be read.
 */
export function readTxt(
  path: string,
  span: ByteSpan,
  tally?: ReadTally,
): AsyncGenerator<FoundRow | UnreadableRow> {
  const rowOf = (line: string, origin: string): FoundRow => {
    return { origin, fields: { prompt: line }, promptColumn: 'prompt', excerpt: line };
  };
  return readTextRows(path, { span, rowOf }, tally);
}
