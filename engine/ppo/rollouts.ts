import { permutation } from '../../text/random.js';
import type { PromptPair } from '../../contracts/records.js';
import type { ResponseGrid } from './advantages.js';

/** Finished texts of one iteration, in the layout of the program's `score` and `train`. */
export interface Rollouts extends ResponseGrid {
  /** int32 [rows, prompt + response] */
  ids: Int32Array;
  /** float32, 1 = real token, [rows, prompt + response] */
  fullMask: Float32Array;
  /** int32 [rows, response] */
  labels: Int32Array;
  promptTokens: number;
}

/** The pairs whose descriptions an iteration takes: passes over all of them, each in an order of its own. */
export function choosePairs(
  pairs: readonly PromptPair[],
  options: { iteration: number; count: number; seed: number },
): { pair: PromptPair; number: number }[] {
  const orders = new Map<number, number[]>();
  return Array.from({ length: options.count }, (_, index) => {
    const number = options.iteration * options.count + index;
    const pass = Math.floor(number / pairs.length);
    const order = orders.get(pass) ?? permutation(pairs.length, options.seed, pass, 11);
    orders.set(pass, order);
    return { pair: pairs[order[number % pairs.length]!]!, number };
  });
}

/** Lays prompts (left-padded) and responses (right-padded) side by side. */
export function layOut(
  prompts: readonly number[][],
  responses: readonly number[][],
  options: { promptTokens: number; responseTokens: number; padId: number },
): Rollouts {
  const { promptTokens, responseTokens, padId } = options;
  const rows = prompts.length;
  const width = promptTokens + responseTokens;
  const ids = new Int32Array(rows * width).fill(padId);
  const fullMask = new Float32Array(rows * width);
  const labels = new Int32Array(rows * responseTokens);
  const mask = new Float32Array(rows * responseTokens);
  for (let row = 0; row < rows; row += 1) {
    const start = row * width + promptTokens;
    const [prompt, response] = [prompts[row]!, responses[row]!];
    ids.set(prompt, start - prompt.length);
    ids.set(response, start);
    fullMask.fill(1, start - prompt.length, start + response.length);
    labels.set(response, row * responseTokens);
    mask.fill(1, row * responseTokens, row * responseTokens + response.length);
  }
  return { rows, length: responseTokens, promptTokens, ids, fullMask, labels, mask };
}

/** The given rows of a row-major array. */
export function takeRows<T extends Float32Array | Int32Array>(
  values: T,
  rows: readonly number[],
  width: number,
): T {
  const Kind = values.constructor as new (length: number) => T;
  const taken = new Kind(rows.length * width);
  for (const [place, row] of rows.entries())
    taken.set(values.subarray(row * width, (row + 1) * width), place * width);
  return taken;
}

/** Feeds of `score` and the shared part of `train` for some rows. */
export function rolloutValues(
  rollouts: Rollouts,
  rows: readonly number[],
): { ids: Int32Array; mask: Float32Array; labels: Int32Array } {
  const width = rollouts.promptTokens + rollouts.length;
  return {
    ids: takeRows(rollouts.ids, rows, width),
    mask: takeRows(rollouts.fullMask, rows, width),
    labels: takeRows(rollouts.labels, rows, rollouts.length),
  };
}
