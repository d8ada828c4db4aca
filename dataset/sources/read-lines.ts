import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InputInvalidError } from '../../files/input-invalid-error.js';

/** What of a file is read. */
export interface ByteSpan {
  /** Names the file in messages and origins. */
  label: string;
  compressed: boolean;
  /** First byte of the file, before gzip is undone; a row begins there. Default 0. */
  startByte?: number;
  /** The byte after the last. Default: the file's end. */
  endByte?: number;
  /** Lines of the file before `startByte`; the numbers of lines go on from there. Default 0. */
  linesBefore?: number;
}

/** What a reader has seen of a file when it has come to its end. */
export interface ReadTally {
  /** Lines of the file, those before `startByte` included. */
  lineCount: number;
  /** The last byte, after gzip was undone, ended a line. */
  endsLine: boolean;
}

/** The bytes of a file as a stream, gzip undone. */
export function openBytes(path: string, span: ByteSpan): Readable {
  const { startByte = 0, endByte } = span;
  const file = createReadStream(path, {
    start: startByte,
    ...(endByte === undefined ? {} : { end: endByte - 1 }),
  });
  if (!span.compressed) return file;
  const gunzip = createGunzip();
  file.on('error', (error) => gunzip.destroy(error));
  gunzip.on('close', () => file.destroy());
  return file.pipe(gunzip);
}

/** The error to throw for a file that broke off after a line: of the input where the file is to blame, else as it is. */
export function explainReadError(label: string, lineNumber: number, cause: unknown): unknown {
  const code = (cause as { code?: string }).code ?? '';
  if (code === 'Z_BUF_ERROR') {
    return new InputInvalidError(
      `${label} ends in the middle of its gzip data, after line ${lineNumber}: the file is torn. Copy or download it again.`,
      { cause },
    );
  }
  if (code.startsWith('Z_')) {
    return new InputInvalidError(
      `${label} is not valid gzip after line ${lineNumber} (${(cause as Error).message}). Compress it again, or take .gz from its name if it is plain.`,
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

/** Longer lines are put aside unread, so that a file without line ends cannot fill the memory. */
export const MAX_LINE_BYTES = 1 << 20;
const LINE_END = 10;

export interface Line {
  /** Counted from 1. */
  lineNumber: number;
  /** Without the line end; absent when the line is longer than MAX_LINE_BYTES. */
  bytes?: Buffer;
}

/**
 * The lines of a file as bytes, read as a stream. A last line without a line end counts.
 *
 * @throws InputInvalidError if the file cannot be read or its compression is torn.
 */
export async function* readLines(
  path: string,
  span: ByteSpan,
  tally?: ReadTally,
): AsyncGenerator<Line> {
  let lineNumber = span.linesBefore ?? 0;
  let endsLine = true;
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
    for await (const chunk of openBytes(path, span) as AsyncIterable<Buffer>) {
      let start = 0;
      for (let end = chunk.indexOf(LINE_END); end !== -1; end = chunk.indexOf(LINE_END, start)) {
        keep(chunk.subarray(start, end));
        yield take();
        start = end + 1;
      }
      keep(chunk.subarray(start));
      endsLine = chunk.at(-1) === LINE_END;
    }
  } catch (cause) {
    throw explainReadError(span.label, lineNumber, cause);
  }
  if (byteLength > 0) yield take();
  if (tally) Object.assign(tally, { lineCount: lineNumber, endsLine });

  function keep(part: Buffer): void {
    byteLength += part.length;
    if (byteLength <= MAX_LINE_BYTES) parts.push(part);
    else parts = [];
  }
}
