import { existsSync, readFileSync } from 'node:fs';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { z } from 'zod';

/**
 * Checked rows of a JSONL file.
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
