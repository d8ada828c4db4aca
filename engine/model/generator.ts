import { uniform } from '../../text/random.js';
import type { Session } from '../graph/program.js';
import type { DecodingShape } from './decoding.js';

export interface GenerateRequest {
  /** Token ids of each prompt, at most `promptTokens` long. */
  prompts: number[][];
  /** One key a row: its text depends on (seed, key) alone. */
  rowKeys: number[];
  seed: number;
  temperature: number;
  endId: number;
  padId: number;
  /** Asked between positions; true ends the batch early. */
  stopRequested?: () => boolean;
}

/**
 * New token ids of each prompt, up to and with the end token, by the signatures of `decodingProgram`.
 *
 * Rows run in batches of `batchSize`; a short batch is filled with copies of its first row. A batch ends when all its
 * rows have ended. The number drawn for position t of a row is a pure function of (seed, row key, t).
 */
export function generateTokens(
  session: Session,
  shape: DecodingShape,
  request: GenerateRequest,
): number[][] {
  const results: number[][] = [];
  for (let start = 0; start < request.prompts.length; start += shape.batchSize) {
    results.push(
      ...generateBatch(session, shape, {
        ...request,
        prompts: request.prompts.slice(start, start + shape.batchSize),
        rowKeys: request.rowKeys.slice(start, start + shape.batchSize),
      }),
    );
  }
  return results;
}

function generateBatch(
  session: Session,
  shape: DecodingShape,
  request: GenerateRequest,
): number[][] {
  const { batchSize, promptTokens, maxNewTokens } = shape;
  const { prompts, rowKeys } = request;
  const size = batchSize * promptTokens;
  const ids = new Int32Array(size).fill(request.padId);
  const mask = new Float32Array(size);
  for (let row = 0; row < batchSize; row += 1) {
    const prompt = prompts[row] ?? prompts[0]!;
    if (prompt.length > promptTokens)
      throw new Error(`prompt of ${prompt.length} tokens, the graph takes ${promptTokens}`);
    const end = (row + 1) * promptTokens;
    ids.set(prompt, end - prompt.length);
    mask.fill(1, end - prompt.length, end);
  }
  const temperature = Float32Array.of(request.temperature || 1);
  const draw = (position: number): { uniform: Float32Array; temperature: Float32Array } => ({
    uniform: Float32Array.from({ length: batchSize }, (_, row) =>
      uniform(request.seed, rowKeys[row] ?? 0, position),
    ),
    temperature,
  });
  const texts: number[][] = prompts.map(() => []);
  const ended = new Array<boolean>(prompts.length).fill(false);
  const take = (tokens: ArrayLike<number>): boolean => {
    for (const [row, text] of texts.entries()) {
      if (ended[row]) continue;
      text.push(tokens[row]!);
      ended[row] = tokens[row] === request.endId;
    }
    return ended.every(Boolean);
  };
  let done = take(session.run('prefill', { ids, mask, ...draw(0) })['token']!);
  for (let position = 1; position < maxNewTokens && !done; position += 1) {
    const slot = Int32Array.of(promptTokens + position - 1);
    done = take(session.run('decode', { slot, ...draw(position) })['token']!);
    if (request.stopRequested?.()) break;
  }
  return texts;
}
