import { readFileSync } from 'node:fs';

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
