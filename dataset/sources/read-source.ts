import type { ImageFinder } from './map-row.js';
import { mapRow } from './map-row.js';
import type { OpenedSource } from './open-source.js';
import type { ByteSpan, ReadTally } from './read-bytes.js';
import { readCsv } from './read-csv.js';
import { readJsonl } from './read-jsonl.js';
import { readParquet } from './read-parquet.js';
import { readTxt } from './read-txt.js';
import { jsonlColumns, toldColumns } from './source-columns.js';
import type { SourceRow, UnreadableRow } from './source-row.js';

/** The rows of one local file of a source; `tally` tells at the end how far it was read. */
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
  const columns = toldColumns(setting);
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
