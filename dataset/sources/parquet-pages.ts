import { parquetSchema, type AsyncBuffer, type FileMetaData } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { parquetHeader, readPage } from 'hyparquet/src/column.js';
import { convert, DEFAULT_PARSERS } from 'hyparquet/src/convert.js';
import { getTreePath, isFlatColumn } from 'hyparquet/src/schema.js';

/** Bytes read at a time; pages are about as large. */
const WINDOW_BYTES = 1 << 20;
/** A page is decoded at once, so that a larger one could fill the memory. */
const MAX_PAGE_BYTES = 1 << 28;

type RowGroup = FileMetaData['row_groups'][number];
/** The values of a page. */
export type PageValues = ArrayLike<unknown>;

/**
 * The values of one column of a row group, page after page: a page and a window of bytes are held, never the whole
 * column, whose size the writer of the file chooses.
 *
 * @throws Error if the column is nested, torn, or has a page of over 256 MiB.
 */
export async function* readColumnPages(
  file: AsyncBuffer,
  metadata: FileMetaData,
  { group, column }: { group: RowGroup; column: string },
): AsyncGenerator<PageValues> {
  const found = group.columns.find((chunk) => chunk.meta_data?.path_in_schema[0] === column);
  const meta = found?.meta_data;
  if (meta === undefined) throw new Error(`a row group has no column ${column}`);
  if (found?.file_path !== undefined) throw new Error(`column ${column} is in another file`);
  const schemaPath = getTreePath(parquetSchema(metadata), meta.path_in_schema);
  const element = schemaPath.at(-1)?.element;
  if (element === undefined || !isFlatColumn(schemaPath)) {
    throw new Error(`column ${column} holds lists or groups; expected one value a row`);
  }
  const decoder = {
    pathInSchema: meta.path_in_schema,
    element,
    schemaPath,
    type: meta.type,
    codec: meta.codec,
    parsers: DEFAULT_PARSERS,
    compressors,
  };
  const start = Number(meta.dictionary_page_offset ?? meta.data_page_offset);
  const end = start + Number(meta.total_compressed_size);
  if (end > file.byteLength) throw new Error(`column ${column} ends after the file`);
  const window = createWindow(file, end);
  let dictionary: Parameters<typeof readPage>[3];
  for (let at = start; at < end;) {
    const { header, bytes, next } = await pageAt(window, at, end);
    at = next;
    const page = readPage({ view: bytes, offset: 0 }, header, decoder, dictionary, undefined, 0);
    if (page.data === undefined) continue;
    if (header.type === 'DICTIONARY_PAGE') dictionary = convert(page.data, decoder);
    else yield page.data;
  }
}

type Window = (from: number, length: number) => Promise<DataView>;

/** Bytes of the file up to `end`, at least a window's worth at each read. */
function createWindow(file: AsyncBuffer, end: number): Window {
  let held = new ArrayBuffer(0);
  let heldFrom = 0;
  return async (from, length) => {
    const wanted = Math.min(length, end - from);
    if (from < heldFrom || from + wanted > heldFrom + held.byteLength) {
      held = await file.slice(from, Math.min(end, from + Math.max(wanted, WINDOW_BYTES)));
      heldFrom = from;
    }
    return new DataView(held, from - heldFrom, wanted);
  };
}

async function pageAt(window: Window, at: number, end: number) {
  const { header, headerBytes } = await headerAt(window, at, end);
  const { compressed_page_size: byteLength, uncompressed_page_size: fullLength } = header;
  const next = at + headerBytes + byteLength;
  if (byteLength < 0 || next > end) throw new Error(`a page at byte ${at} ends after its column`);
  if (Math.max(byteLength, fullLength) > MAX_PAGE_BYTES) {
    throw new Error(
      `a page at byte ${at} has ${fullLength} bytes; at most ${MAX_PAGE_BYTES} are decoded at once`,
    );
  }
  return { header, bytes: await window(at + headerBytes, byteLength), next };
}

/** A header holds statistics of any length: it is tried with more bytes until it fits. */
async function headerAt(window: Window, at: number, end: number) {
  for (let length = 1 << 14; ; length *= 8) {
    const reader = { view: await window(at, length), offset: 0 };
    try {
      const header = parquetHeader(reader);
      return { header, headerBytes: reader.offset };
    } catch (error) {
      if (at + length >= end || length > MAX_PAGE_BYTES) throw error;
    }
  }
}
