import { kindOf, type FoundRow, excerptOf, type UnreadableRow } from './source-row.js';
import { type ByteSpan, type ReadTally, MAX_LINE_BYTES, readLines } from './read-lines.js';
import { fieldsOf, type ColumnNames } from './source-columns.js';

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * The rows of a JSON-lines file; blank lines are skipped.
 *
 * A line that cannot be used comes out as an UnreadableRow with its reason; the lines after it are still read.
 * @throws InputInvalidError if the file itself cannot be read.
 */
export function readJsonl(
  path: string,
  span: ByteSpan & { columns: ColumnNames },
  tally?: ReadTally,
): AsyncGenerator<FoundRow | UnreadableRow> {
  const rowOf = (line: string, origin: string) =>
    parseLine(line, { origin, columns: span.columns });
  return readTextRows(path, { span, rowOf }, tally);
}

/** The rows of a text file with a row a line, made by `rowOf`; blank lines are skipped. */
export async function* readTextRows(
  path: string,
  {
    span,
    rowOf,
  }: { span: ByteSpan; rowOf: (line: string, origin: string) => FoundRow | UnreadableRow },
  tally?: ReadTally,
): AsyncGenerator<FoundRow | UnreadableRow> {
  for await (const { lineNumber, bytes } of readLines(path, span, tally)) {
    const origin = `${span.label}:${lineNumber}`;
    const line = textOfLine(bytes, origin);
    if (typeof line !== 'string') yield line;
    else if (line !== '') yield rowOf(line, origin);
  }
}

/** A line as text without the white space around it, or what is wrong with it. */
function textOfLine(bytes: Buffer | undefined, origin: string): string | UnreadableRow {
  if (bytes === undefined) {
    return { origin, problem: `the line is longer than ${MAX_LINE_BYTES} bytes`, excerpt: '' };
  }
  try {
    return decoder.decode(bytes).trim();
  } catch {
    return { origin, problem: 'invalid UTF-8', excerpt: excerptOf(bytes.toString('latin1')) };
  }
}

function parseLine(
  line: string,
  { origin, columns }: { origin: string; columns: ColumnNames },
): FoundRow | UnreadableRow {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { origin, problem: 'not JSON', excerpt: excerptOf(line) };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { origin, problem: `not a JSON object but ${kindOf(value)}`, excerpt: excerptOf(line) };
  }
  const record = value as Record<string, unknown>;
  const fields = fieldsOf(columns, (name) =>
    Object.hasOwn(record, name) ? record[name] : undefined,
  );
  return { origin, fields, promptColumn: columns.prompt, excerpt: line };
}
