import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';

// Not `write-file-atomic`: it ignores how much a write call took, so a disk that fills up leaves a torn file in place.

/** Writes bytes at the end of what has been written so far. */
type AppendSync = (bytes: Uint8Array) => void;
/** Writes bytes at the end of what has been written so far; resolves once the system has taken them. */
type Append = (bytes: Uint8Array) => Promise<void>;

interface WholeFileOptions {
  /** Whether the bytes are on disk before the file appears. Default true; without it a power cut may tear the file. */
  flush?: boolean;
}

/** One write call may take at most this many bytes: Node refuses 2 GiB and more. */
const MAX_WRITE_BYTES = 1 << 30;

let writeCount = 0;

/**
 * Ensures that `path` holds the content: a temporary neighbour is filled, flushed to disk and renamed.
 *
 * A `content` function appends piece by piece, so that nothing has to be in memory whole.
 * @throws whatever `content` or the file system throws; then no temporary file is left and an older file at `path` is as it was.
 */
export async function writeWholeFile(
  path: string,
  content: string | Uint8Array | ((append: Append) => Promise<void>),
  { flush = true }: WholeFileOptions = {},
): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await open(temporary, 'w');
    try {
      if (typeof content === 'function') await content((bytes) => file.writeFile(bytes));
      else await file.writeFile(content);
      if (flush) await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** `writeWholeFile` for code that may block: the engine, and programs that start or stop. */
export function writeWholeFileSync(
  path: string,
  content: string | Uint8Array | ((append: AppendSync) => void),
  { flush = true }: WholeFileOptions = {},
): void {
  const temporary = temporaryBeside(path);
  try {
    const file = openSync(temporary, 'w');
    try {
      const append = (bytes: Uint8Array): void => {
        for (let at = 0; at < bytes.byteLength;) {
          at += writeSync(file, bytes, at, Math.min(MAX_WRITE_BYTES, bytes.byteLength - at));
        }
      };
      if (typeof content === 'function') content(append);
      else append(Buffer.from(content));
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
export function writeWholeJsonSync(path: string, value: unknown): void {
  writeWholeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/** Two writers of one file, in one process or in two, never share a temporary file. */
function temporaryBeside(path: string): string {
  writeCount += 1;
  return `${path}.${process.pid}-${writeCount}.partial`;
}
