import {
  asyncBufferFromFile,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { InputInvalidError } from '../../../contracts/errors.js';
import { checkRow } from './read-jsonl.js';
import type { SourceRow, UnreadableRow } from './source-row.js';

/** Rows decoded at a time inside a row group: bounds the memory, not the result. */
const ROWS_AT_ONCE = 5000;
const ID_COLUMNS = ['id', 'image_name'];

/**
 * The rows of a Parquet file by its columns `prompt` and `id` (or `image_name`, as DiffusionDB calls it).
 *
 * @throws InputInvalidError if the file is empty, torn, not Parquet, or has no column `prompt`.
 */
export async function* readParquet(
  path: string,
  { label }: { label: string },
): AsyncGenerator<SourceRow | UnreadableRow> {
  const file = await guard(label, () => asyncBufferFromFile(path));
  if (file.byteLength === 0) {
    throw new InputInvalidError(`${label} is empty (0 bytes); expected a Parquet file.`);
  }
  const metadata = await guard(label, () => parquetMetadataAsync(file));
  const columns = parquetSchema(metadata).children.map((column) => column.element.name);
  if (!columns.includes('prompt')) {
    throw new InputInvalidError(
      `${label} has no column \`prompt\`; its columns are ${columns.join(', ')}. Rename the column that holds the prompts.`,
    );
  }
  const idColumn = ID_COLUMNS.find((name) => columns.includes(name));
  const wanted = idColumn === undefined ? ['prompt'] : ['prompt', idColumn];
  const rowCount = Number(metadata.num_rows);
  for (let rowStart = 0; rowStart < rowCount; rowStart += ROWS_AT_ONCE) {
    const rowEnd = Math.min(rowCount, rowStart + ROWS_AT_ONCE);
    const rows = await guard(label, () =>
      parquetReadObjects({ file, metadata, compressors, columns: wanted, rowStart, rowEnd }),
    );
    for (const [index, row] of rows.entries()) {
      const prompt: unknown = row['prompt'];
      yield checkRow({
        origin: `${label}:row ${rowStart + index + 1}`,
        prompt,
        id: idColumn === undefined ? undefined : row[idColumn],
        excerpt: typeof prompt === 'string' ? prompt : '',
      });
    }
  }
}

async function guard<T>(label: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    throw new InputInvalidError(
      `${label} cannot be read as Parquet: ${(cause as Error).message}. The file may be torn or of another format; write it again.`,
      { cause },
    );
  }
}
