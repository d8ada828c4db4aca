import { Transform, type Readable } from 'node:stream';
import { parse, type CsvError } from 'csv-parse';
import { parse as parseAtOnce } from 'csv-parse/sync';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { type FoundRow, excerptOf, type UnreadableRow } from './source-row.js';
import {
  explainReadError,
  openBytes,
  type ByteSpan,
  type ReadTally,
  MAX_LINE_BYTES,
} from './read-lines.js';
import { fieldsOf, resolveColumns, type StatedColumns } from './source-columns.js';

const DELIMITERS = [',', ';', '\t', '|'];
const LINE_END = 10;
/** Quotes inside a field that has none around it are common and harmless; a wrong number of fields spoils its row only. */
const FORGIVING = { bom: true, relax_quotes: true, relax_column_count: true };

interface ParsedRecord {
  record: string[];
  /** `empty_lines`: those skipped before this record. Its own count of lines takes CR and LF inside quotes for two. */
  info: { empty_lines: number };
}

/**
 * The rows of a CSV file whose first record names the columns. The delimiter is the one of , ; tab | that cuts the header
 * into most names; quoted fields may hold delimiters and line ends.
 *
 * A record with a wrong number of fields or invalid UTF-8 comes out as an UnreadableRow.
 * @throws InputInvalidError if the file cannot be read, a quote is never closed, or a column is missing.
 */
export async function* readCsv(
  path: string,
  span: ByteSpan & { columns: StatedColumns },
  tally?: ReadTally,
): AsyncGenerator<FoundRow | UnreadableRow> {
  const { label, startByte = 0, linesBefore = 0 } = span;
  const { header, delimiter, lineCount } = await readHeader(path, span);
  const columns = resolveColumns(span.columns, header, label);
  const places = new Map(header.map((name, place) => [name, place]));
  const parser = parse({
    ...FORGIVING,
    delimiter,
    info: true,
    skip_empty_lines: true,
    max_record_size: MAX_LINE_BYTES,
    from: startByte === 0 ? 2 : 1,
  });
  let lastByte: number | undefined;
  let lineEnds = 0;
  const watch = new Transform({
    transform(chunk: Buffer, _, done) {
      lastByte = chunk.at(-1);
      for (let at = chunk.indexOf(LINE_END); at !== -1; at = chunk.indexOf(LINE_END, at + 1)) {
        lineEnds += 1;
      }
      done(null, chunk);
    },
  });
  let line = startByte === 0 ? lineCount : linesBefore;
  let emptyLines = 0;
  try {
    for await (const { record, info } of chain([openBytes(path, span), watch, parser])) {
      // A row is named by the line it begins on; its fields may hold line ends.
      line += 1 + info.empty_lines - emptyLines;
      emptyLines = info.empty_lines;
      const origin = `${label}:${line}`;
      line += lineEndsIn(record);
      const excerpt = record.join(delimiter);
      const problem = problemOf(record, header);
      if (problem !== undefined) yield { origin, problem, excerpt: excerptOf(excerpt) };
      else {
        const fields = fieldsOf(columns, (name) => record[places.get(name) ?? -1]);
        // An empty cell is how a table says that there is none.
        if (fields.id === '') fields.id = undefined;
        yield { origin, fields, promptColumn: columns.prompt, excerpt };
      }
    }
  } catch (cause) {
    throw explainCsvError(label, line, cause);
  }
  if (tally) {
    tally.endsLine = lastByte === LINE_END;
    tally.lineCount = linesBefore + lineEnds + (tally.endsLine ? 0 : 1);
  }
}

function problemOf(record: string[], header: string[]): string | undefined {
  if (record.length !== header.length) {
    return `the row has ${record.length} fields and the header ${header.length}`;
  }
  return record.some((field) => field.includes('\uFFFD')) ? 'invalid UTF-8' : undefined;
}

/** Column names and delimiter, from the first record of the file. */
async function readHeader(
  path: string,
  { label, compressed }: ByteSpan,
): Promise<{ header: string[]; delimiter: string; lineCount: number }> {
  let text = '';
  const input = openBytes(path, { label, compressed }).setEncoding('utf8');
  try {
    for await (const chunk of input as AsyncIterable<string>) {
      text += chunk;
      if (firstRecordOf(text) !== undefined || text.length > MAX_LINE_BYTES) break;
    }
  } catch (cause) {
    throw explainReadError(label, 0, cause);
  }
  const first = (firstRecordOf(text) ?? text).replace(/^\uFEFF/, '');
  const readings = DELIMITERS.map((delimiter) => ({
    delimiter,
    header: namesIn(first, delimiter),
  }));
  const best = readings.reduce((a, b) => (b.header.length > a.header.length ? b : a));
  if (text.length > MAX_LINE_BYTES && firstRecordOf(text) === undefined) {
    throw new InputInvalidError(
      `${label} has a first line of over ${MAX_LINE_BYTES} bytes; expected a CSV header with the names of the columns.`,
    );
  }
  return { ...best, lineCount: 1 + lineEndsIn([first]) };
}

function lineEndsIn(fields: string[]): number {
  return fields.reduce((count, field) => count + field.split('\n').length - 1, 0);
}

/** The text up to the first line end outside quotes; `undefined` if there is none. */
function firstRecordOf(text: string): string | undefined {
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (text[at] === '\n' && !quoted) return text.slice(0, at).replace(/\r$/, '');
  }
  return undefined;
}

function namesIn(record: string, delimiter: string): string[] {
  try {
    const [names = []] = parseAtOnce(record, { ...FORGIVING, delimiter });
    return names.map((name) => name.trim());
  } catch {
    return [];
  }
}

/** Stages of a stream piped together, so that an error of one is an error of the last and its end closes them all. */
function chain(stages: [Readable, Transform, Transform]): AsyncIterable<ParsedRecord> {
  const [input, watch, parser] = stages;
  input.on('error', (error) => parser.destroy(error));
  parser.on('close', () => {
    input.destroy();
    watch.destroy();
  });
  return input.pipe(watch).pipe(parser) as Readable as AsyncIterable<ParsedRecord>;
}

function explainCsvError(label: string, line: number, cause: unknown): unknown {
  const code = (cause as CsvError).code as string | undefined;
  if (code === undefined || !code.startsWith('CSV_')) return explainReadError(label, line, cause);
  const found =
    code === 'CSV_QUOTE_NOT_CLOSED' || code === 'CSV_MAX_RECORD_SIZE'
      ? 'a quote is opened and never closed'
      : (cause as Error).message;
  return new InputInvalidError(
    `${label} cannot be read as CSV after line ${line}: ${found}. The file may be torn; write it again.`,
    { cause },
  );
}
