import type { FoundRow } from './map-row.js';
import type { ByteSpan, ReadTally } from './read-bytes.js';
import { textOfLine } from './read-jsonl.js';
import { readLines } from './read-lines.js';
import type { UnreadableRow } from './source-row.js';

/**
 * The rows of a text file with a prompt a line; blank lines are skipped.
 *
 * @throws InputInvalidError if the file itself cannot be read.
 */
export async function* readTxt(
  path: string,
  span: ByteSpan,
  tally?: ReadTally,
): AsyncGenerator<FoundRow | UnreadableRow> {
  for await (const { lineNumber, bytes } of readLines(path, span, tally)) {
    const origin = `${span.label}:${lineNumber}`;
    const line = textOfLine(bytes, origin);
    if (typeof line !== 'string') yield line;
    else if (line !== '') {
      yield { origin, fields: { prompt: line }, promptColumn: 'prompt', excerpt: line };
    }
  }
}
