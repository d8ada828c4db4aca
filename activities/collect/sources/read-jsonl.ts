import { MAX_LINE_BYTES, readLines } from './read-lines.js';
import { excerptOf, type SourceRow, type UnreadableRow } from './source-row.js';

const MAX_ID_CHARACTERS = 200;
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: false });

/**
 * The rows of a JSON-lines file with a `prompt` and, if they have one, an `id`; blank lines are skipped.
 *
 * A line that cannot be used comes out as an UnreadableRow with its reason; the lines after it are still read.
 * @throws InputInvalidError if the file itself cannot be read.
 */
export async function* readJsonl(
  path: string,
  options: { label: string; compressed: boolean },
): AsyncGenerator<SourceRow | UnreadableRow> {
  for await (const { lineNumber, bytes } of readLines(path, options)) {
    const origin = `${options.label}:${lineNumber}`;
    if (bytes === undefined) {
      yield { origin, problem: `the line is longer than ${MAX_LINE_BYTES} bytes`, excerpt: '' };
      continue;
    }
    const row = parseLine(bytes, origin);
    if (row !== undefined) yield row;
  }
}

function parseLine(bytes: Buffer, origin: string): SourceRow | UnreadableRow | undefined {
  let line: string;
  try {
    line = decoder.decode(bytes).trim();
  } catch {
    return { origin, problem: 'invalid UTF-8', excerpt: excerptOf(bytes.toString('latin1')) };
  }
  if (line === '') return undefined;
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return { origin, problem: 'not JSON', excerpt: excerptOf(line) };
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return { origin, problem: `not a JSON object but ${kindOf(value)}`, excerpt: excerptOf(line) };
  }
  const { prompt, id } = value as { prompt?: unknown; id?: unknown };
  return checkRow({ origin, prompt, id, excerpt: line });
}

/** A row whose prompt and id have the right types, or what is wrong with it. */
export function checkRow(row: {
  origin: string;
  prompt: unknown;
  id: unknown;
  excerpt: string;
}): SourceRow | UnreadableRow {
  const { origin, prompt, id } = row;
  const refuse = (problem: string) => ({ origin, problem, excerpt: excerptOf(row.excerpt) });
  if (prompt === undefined) return refuse('no field `prompt`');
  if (typeof prompt !== 'string') {
    return refuse(`\`prompt\` is not a string but ${kindOf(prompt)}`);
  }
  if (id === undefined || id === null) return { origin, text: prompt };
  const isNumber = typeof id === 'bigint' || (typeof id === 'number' && Number.isSafeInteger(id));
  if (typeof id !== 'string' && !isNumber) {
    return refuse(`\`id\` is neither a string nor a whole number but ${kindOf(id)}`);
  }
  const text = String(id);
  if (text === '' || text.length > MAX_ID_CHARACTERS || /\p{Cs}|\p{Cc}/u.test(text)) {
    return refuse(`\`id\` is empty, longer than ${MAX_ID_CHARACTERS} characters or unprintable`);
  }
  return { origin, id: text, text: prompt };
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}
