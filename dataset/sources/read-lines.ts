import { explainReadError, openBytes, type ByteSpan, type ReadTally } from './read-bytes.js';

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
