import { once } from 'node:events';
import { createReadStream, createWriteStream, existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { z } from 'zod';
import { InputInvalidError } from './input-invalid-error.js';

// JSON lines: one JSON object a line, `\n` after each.

/** Lines are joined to blocks of this many characters. */
const blockLength = 1 << 16;

/** A JSON-lines file that is written line by line. */
export interface LineFile {
  path: string;
  /** Waits where the disk is slower than the writer. */
  write(row: object): Promise<void>;
  /** Resolves once everything is on disk. */
  close(): Promise<void>;
}

/**
 * Opens a file for writing, overwriting it.
 *
 * @throws the file system's error at a later `write` or at `close`.
 */
export function openLineFile(path: string): LineFile {
  const stream = createWriteStream(path);
  let text = '';
  let failure: Error | undefined;
  stream.on('error', (error) => (failure = error));
  return {
    path,
    async write(row) {
      text += formatRow(row);
      if (text.length < blockLength) return;
      if (failure) throw failure;
      const isRoomLeft = stream.write(text);
      text = '';
      if (!isRoomLeft) await once(stream, 'drain');
    },
    async close() {
      if (failure) throw failure;
      stream.end(text);
      await once(stream, 'close');
      // Assigned by the listener meanwhile, which the compiler does not see.
      const late = failure as Error | undefined;
      if (late) throw late;
    },
  };
}

/** Ensures that `path` holds the rows, in order; returns how many. */
export async function writeJsonl(
  path: string,
  rows: Iterable<object> | AsyncIterable<object>,
): Promise<number> {
  const file = openLineFile(path);
  let count = 0;
  try {
    for await (const row of rows) {
      count += 1;
      await file.write(row);
    }
  } finally {
    await file.close();
  }
  return count;
}

/**
 * The rows of an artifact's file, checked against a schema, in order.
 *
 * @throws Error naming file and line if a row does not fit: artifacts are written by Burnish, so this is a fault.
 */
export async function* readRows<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): AsyncGenerator<z.infer<Schema>> {
  let lineNumber = 0;
  for await (const line of createInterface({ input: createReadStream(path) })) {
    lineNumber += 1;
    if (line === '') continue;
    const result = schema.safeParse(JSON.parse(line));
    if (!result.success) {
      throw new Error(`${path}:${lineNumber} is not the expected row: ${result.error.message}`);
    }
    yield result.data;
  }
}

/** All rows of an artifact's file; see `readRows`. */
export async function readAllRows<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>[]> {
  const rows: z.infer<Schema>[] = [];
  for await (const row of readRows(path, schema)) rows.push(row);
  return rows;
}

/**
 * All rows of a file that the engine was given, checked against a schema, in order.
 *
 * @throws InputInvalidError naming file and line of the first row that is not as expected, or a missing file.
 */
export function readRecords<T>(path: string, schema: z.ZodType<T>): T[] {
  if (!existsSync(path))
    throw new InputInvalidError(`${path}: expected a JSONL file, found nothing`);
  const rows: T[] = [];
  for (const [index, line] of readFileSync(path, 'utf8').split('\n').entries()) {
    if (line === '') continue;
    try {
      rows.push(schema.parse(JSON.parse(line)));
    } catch (error) {
      throw new InputInvalidError(`${path}:${index + 1}: ${(error as Error).message}`, {
        cause: error,
      });
    }
  }
  return rows;
}

/** The rows as the text of a file. */
export function formatJsonl(rows: Iterable<object>): string {
  return Array.from(rows, formatRow).join('');
}

/**
 * The rows in the text of a file, unchecked.
 *
 * @throws SyntaxError if a line is not JSON.
 */
export function parseJsonl(text: string): unknown[] {
  return text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as unknown]));
}

function formatRow(row: object): string {
  return `${JSON.stringify(row)}\n`;
}
