import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';

/** Writes bytes at the end of what has been written so far. */
export type Append = (bytes: Uint8Array) => void;

/** One write call may take at most this many bytes: Node refuses 2 GiB and more. */
const MAX_WRITE_BYTES = 1 << 30;

/**
 * Writes a file that is there whole or not at all: a temporary neighbour is filled, flushed to disk and renamed.
 *
 * Without `flush` that holds when the process dies, and not when the machine does.
 * @throws whatever `fill` throws; the temporary file is removed and an older file at `path` is left as it was.
 */
export function writeWholeFile(
  path: string,
  fill: (append: Append) => void,
  { flush = true }: { flush?: boolean } = {},
): void {
  const temporary = `${path}.${process.pid}.partial`;
  const file = openSync(temporary, 'w');
  try {
    try {
      fill((bytes) => {
        for (let at = 0; at < bytes.byteLength;) {
          at += writeSync(file, bytes, at, Math.min(MAX_WRITE_BYTES, bytes.byteLength - at));
        }
      });
      if (flush) fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a value as JSON, two spaces a level, with a final newline; whole or not at all. */
export function writeWholeJson(path: string, value: unknown): void {
  writeWholeFile(path, (append) => {
    append(Buffer.from(`${JSON.stringify(value, undefined, 2)}\n`));
  });
}
