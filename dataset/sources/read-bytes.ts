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
