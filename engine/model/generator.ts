import { uniform } from '../../text/random.js';
import type { Session } from '../graph/program.js';
import { batchLevels, levelFor, type DecodingShape } from './decoding-state.js';

export interface GenerateRequest {
  /** Token ids of each prompt, at most `promptTokens` long. */
  prompts: readonly number[][];
  /** One key a row: its text depends on (seed, key) alone. */
  rowKeys: readonly number[];
  seed: number;
  temperature: number;
  endId: number;
  padId: number;
  /** Token ids run from 0 to below this; absent: they are known to be right. */
  vocabularySize?: number;
  /** Asked between positions; true ends the batch early. */
  stopRequested?: () => boolean;
  /** Gets each new token of a row, the end token included, as soon as it is drawn. */
  onToken?: (row: number, token: number) => void;
}

/** Prompts that cannot be generated from, or a request that contradicts itself. */
export class GenerationError extends Error {
  override readonly name = 'GenerationError';
}

/**
 * New token ids of each prompt, up to and with the end token, by the signatures of `decodingProgram`.
 *
 * Rows run in batches of `batchSize`. Equal prompts of a batch are read once. When the rows that
 * have not ended fit into a smaller batch, they move there. The number drawn for position t of a row is a pure function of (seed, row key, t).
 * No prompts give no texts.
 * @throws GenerationError for a prompt that is empty, too long or holds an id outside the vocabulary.
 */
export function generateTokens(
  session: Session,
  shape: DecodingShape,
  request: GenerateRequest,
): number[][] {
  checkRequest(shape, request);
  const texts: number[][] = request.prompts.map(() => []);
  for (let start = 0; start < texts.length; start += shape.batchSize) {
    const rows = texts.map((_, row) => row).slice(start, start + shape.batchSize);
    if (!generateBatch(session, shape, { request, rows, texts })) break;
  }
  return texts;
}

function checkRequest(shape: DecodingShape, request: GenerateRequest): void {
  const { prompts, rowKeys, vocabularySize = Infinity } = request;
  if (rowKeys.length !== prompts.length)
    throw new GenerationError(
      `expected one row key a prompt, found ${rowKeys.length} for ${prompts.length}`,
    );
  for (const [row, prompt] of prompts.entries()) {
    if (prompt.length === 0 || prompt.length > shape.promptTokens)
      throw new GenerationError(
        `prompt ${row}: expected 1 to ${shape.promptTokens} tokens, found ${prompt.length}`,
      );
    const wrong = prompt.find((id) => !Number.isInteger(id) || id < 0 || id >= vocabularySize);
    if (wrong !== undefined)
      throw new GenerationError(
        `prompt ${row}: token ids run from 0 to ${vocabularySize - 1}, found ${wrong}`,
      );
  }
}

/** The chosen values with copies of the first up to `length`. */
function fillUp(values: readonly number[], length: number): Int32Array {
  return Int32Array.from({ length }, (_, index) => values[index] ?? values[0]!);
}

/** Reads the prompts of the rows and leaves their state at the level that holds the rows. */
function readPrompts(
  session: Session,
  shape: DecodingShape,
  { prompts, padId }: { prompts: readonly number[][]; padId: number },
): void {
  const { batchSize, promptTokens } = shape;
  const distinct = new Map(prompts.map((prompt) => [prompt.join(), prompt]));
  const target = levelFor(batchSize, prompts.length);
  let level = levelFor(batchSize, distinct.size);
  const read = level < target ? [...distinct.values()] : prompts;
  const ids = new Int32Array(level * promptTokens).fill(padId);
  const mask = new Float32Array(level * promptTokens);
  for (let row = 0; row < level; row += 1) {
    const prompt = read[row] ?? read[0]!;
    const end = (row + 1) * promptTokens;
    ids.set(prompt, end - prompt.length);
    mask.fill(1, end - prompt.length, end);
  }
  session.run(`prefill/${level}`, { ids, mask });
  const places = [...distinct.keys()];
  for (const next of batchLevels(batchSize).toReversed()) {
    if (next <= level || next > target) continue;
    const rows =
      next === target
        ? prompts.map((prompt) => places.indexOf(prompt.join()))
        : places.map((_, place) => place);
    session.run(`move/${level}/${next}`, { rows: fillUp(rows, next) });
    level = next;
  }
}

/** Fills the texts of the rows; false if it was asked to stop. */
function generateBatch(
  session: Session,
  shape: DecodingShape,
  job: { request: GenerateRequest; rows: number[]; texts: number[][] },
): boolean {
  const { request, texts } = job;
  const { batchSize, maxNewTokens } = shape;
  readPrompts(session, shape, {
    prompts: job.rows.map((row) => request.prompts[row]!),
    padId: request.padId,
  });
  const temperature = Float32Array.of(request.temperature || 1);
  let level = levelFor(batchSize, job.rows.length);
  // The row at each place of the batch; ended rows and fillers are undefined.
  let places: (number | undefined)[] = [...job.rows];
  for (let position = 0; position < maxNewTokens; position += 1) {
    const { token } = session.run(`decode/${level}`, {
      slot: Int32Array.of(position),
      uniform: Float32Array.from({ length: level }, (_, place) => {
        const row = places[place];
        return row === undefined ? 0 : uniform(request.seed, request.rowKeys[row]!, position);
      }),
      temperature,
    });
    places = places.map((row, place) => {
      if (row === undefined) return undefined;
      const drawn = token![place]!;
      texts[row]!.push(drawn);
      request.onToken?.(row, drawn);
      return drawn === request.endId ? undefined : row;
    });
    const alive = places.flatMap((row, place) => (row === undefined ? [] : [place]));
    if (alive.length === 0) break;
    if (request.stopRequested?.()) return false;
    const next = batchLevels(batchSize).find((smaller) => smaller < level);
    if (next !== undefined && alive.length <= next && position + 1 < maxNewTokens) {
      session.run(`move/${level}/${next}`, { rows: fillUp(alive, next) });
      places = alive.map((place) => places[place]);
      level = next;
    }
  }
  return true;
}
