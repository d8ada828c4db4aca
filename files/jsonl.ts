import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { z } from 'zod';

/** Ensures that `path` holds the rows, one JSON object a line, in order; returns how many. */
export async function writeJsonl(
  path: string,
  rows: Iterable<object> | AsyncIterable<object>,
): Promise<number> {
  let count = 0;
  await pipeline(
    Readable.from(
      (async function* () {
        let text = '';
        for await (const row of rows) {
          count += 1;
          text += `${JSON.stringify(row)}\n`;
          if (text.length < 1 << 16) continue;
          yield text;
          text = '';
        }
        yield text;
      })(),
    ),
    createWriteStream(path),
  );
  return count;
}

/**
 * The rows of a JSON-lines file of an artifact, checked against a schema, in order.
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

/** All rows of a JSON-lines file of an artifact; see `readRows`. */
export async function readAllRows<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>[]> {
  const rows: z.infer<Schema>[] = [];
  for await (const row of readRows(path, schema)) rows.push(row);
  return rows;
}
