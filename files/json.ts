import { readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import type { z } from 'zod';

/**
 * The content of a JSON file.
 *
 * @throws Failure, which the caller names, if the file cannot be read or is not JSON.
 */
export function readJsonSync(
  path: string,
  Failure: new (message: string, options: ErrorOptions) => Error,
): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Failure(`${path}: ${code ? `cannot be read (${code})` : 'is not JSON'}`, { cause });
  }
}

/** The content of a JSON file, checked against a schema. @throws ZodError if it is not as expected. */
export async function readJson<Schema extends z.ZodType>(
  path: string,
  schema: Schema,
): Promise<z.infer<Schema>> {
  return schema.parse(JSON.parse(await readFile(path, 'utf8')));
}

/** Ensures that `path` holds the value as JSON for people to read too. */
export async function writeJson(path: string, value: object): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}
