import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetSchema,
  type AsyncBuffer,
  type FileMetaData,
} from 'hyparquet';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { FoundRow } from './source-row.js';
import { readColumnPages, type PageValues } from './parquet-pages.js';
import { fieldsOf, resolveColumns, type StatedColumns } from './source-columns.js';

/**
 * The rows of a Parquet file, row group by row group and page by page, of the wanted columns only.
 *
 * @throws InputInvalidError if the file is empty, torn, not Parquet, or misses a column.
 */
export async function* readParquet(
  path: string,
  source: { label: string; columns: StatedColumns },
): AsyncGenerator<FoundRow> {
  try {
    yield* readBuffer(await asyncBufferFromFile(path), source);
  } catch (cause) {
    if (cause instanceof InputInvalidError) throw cause;
    throw new InputInvalidError(
      `${source.label} cannot be read as Parquet: ${(cause as Error).message}. The file may be torn or of another format; write it again.`,
      { cause },
    );
  }
}

/** The rows of Parquet bytes that are read as they are needed. */
export async function* readBuffer(
  file: AsyncBuffer,
  { label, columns: stated }: { label: string; columns: StatedColumns },
): AsyncGenerator<FoundRow> {
  const metadata = await parquetMetadataAsync(file);
  const names: string[] = parquetSchema(metadata).children.map(({ element }) => element.name);
  const columns = resolveColumns(stated, names, label);
  const wanted = [...new Set(Object.values(columns) as string[])];
  const places = new Map(wanted.map((name, place) => [name, place]));
  let rowNumber = 0;
  for await (const values of readRecords(file, metadata, wanted)) {
    rowNumber += 1;
    const fields = fieldsOf(columns, (name) => values[places.get(name) ?? -1]);
    yield {
      origin: `${label}:row ${rowNumber}`,
      fields,
      promptColumn: columns.prompt,
      excerpt: typeof fields.prompt === 'string' ? fields.prompt : '',
    };
  }
}

/** The columns' values row by row; a page of each column is held at a time. */
async function* readRecords(
  file: AsyncBuffer,
  metadata: FileMetaData,
  columns: string[],
): AsyncGenerator<unknown[]> {
  for (const group of metadata.row_groups) {
    const rowCount = Number(group.num_rows);
    const cursors = columns.map((column) => ({
      column,
      pages: readColumnPages(file, metadata, { group, column }),
      values: [] as PageValues,
      next: 0,
    }));
    for (let row = 0; row < rowCount; row += 1) {
      for (const cursor of cursors) {
        while (cursor.next >= cursor.values.length) {
          const page = await cursor.pages.next();
          if (page.done === true) {
            throw new Error(`column ${cursor.column} ends after ${row} of ${rowCount} rows`);
          }
          Object.assign(cursor, { values: page.value, next: 0 });
        }
      }
      yield cursors.map((cursor) => cursor.values[cursor.next++]);
    }
  }
}
