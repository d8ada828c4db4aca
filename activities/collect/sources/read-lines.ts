import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputInvalidError } from '../../../contracts/errors.js';

/** Longer lines are put aside unread, so that a file without line ends cannot fill the memory. */
export const MAX_LINE_BYTES = 1 << 20;

export interface Line {
  /** Counted from 1. */
  lineNumber: number;
  /** Without the line end; absent when the line is longer than MAX_LINE_BYTES. */
  bytes?: Buffer;
}

/**
 * The lines of a file as bytes, read as a stream; gzip is undone when `compressed`. A last line without a line end counts.
 *
 * @throws InputInvalidError if the file cannot be read or its compression is torn; `label` names it.
 */
export async function* readLines(
  path: string,
  { label, compressed }: { label: string; compressed: boolean },
): AsyncGenerator<Line> {
  let lineNumber = 0;
  let parts: Buffer[] = [];
  let byteLength = 0;
  const take = (): Line => {
    lineNumber += 1;
    const line =
      byteLength > MAX_LINE_BYTES ? { lineNumber } : { lineNumber, bytes: Buffer.concat(parts) };
    parts = [];
    byteLength = 0;
    return line;
  };
  try {
    for await (const chunk of openBytes(path, compressed)) {
      let start = 0;
      for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
        keep(chunk.subarray(start, end));
        yield take();
        start = end + 1;
      }
      keep(chunk.subarray(start));
    }
  } catch (cause) {
    throw unreadable(label, lineNumber, cause);
  }
  if (byteLength > 0) yield take();

  function keep(part: Buffer): void {
    byteLength += part.length;
    if (byteLength <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  }
}

function openBytes(path: string, compressed: boolean): AsyncIterable<Buffer> {
  const file = createReadStream(path);
  if (!compressed) return file as Readable as AsyncIterable<Buffer>;
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => file.destroy());
  return file.pipe(gunzip) as Readable as AsyncIterable<Buffer>;
}

function unreadable(label: string, lineNumber: number, cause: unknown): unknown {
  const code = (cause as { code?: string }).code ?? '';
  if (code === 'Z_BUF_ERROR') {
    return new InputInvalidError(
      `${label} ends in the middle of its gzip data, after line ${lineNumber}: the file is torn. Copy or download it again.`,
      { cause },
    );
  }
  if (code.startsWith('Z_')) {
    return new InputInvalidError(
      `${label} is not valid gzip after line ${lineNumber} (${(cause as Error).message}). Compress it again, or name it .jsonl if it is plain text.`,
      { cause },
    );
  }
  if (['ENOENT', 'EISDIR', 'EACCES', 'ENOTDIR'].includes(code)) {
    return new InputInvalidError(`${label} cannot be read: ${(cause as Error).message}.`, {
      cause,
    });
  }
  return cause;
}
