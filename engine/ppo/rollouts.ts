import { permutation, Stream } from '../../text/random.js';
import type { PromptPair } from '../../contracts/records.js';
import type { Session } from '../graph/program.js';
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
    const order = orders.get(pass) ?? permutation(pairs.length, options.seed, pass, Stream.prompts);
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

/** Steps between the sizes of responses that have graphs. */
const SIZE_STEPS = 4;
const SIZE_UNIT = 8;

/** Room for responses that graphs have, rising: about the quarters of the longest, so that short texts do not cost full price. */
export function responseSizes(maxNewTokens: number): number[] {
  const sizes = Array.from({ length: SIZE_STEPS }, (_, step) => {
    const quarter = (maxNewTokens * (step + 1)) / SIZE_STEPS;
    return Math.min(Math.ceil(quarter / SIZE_UNIT) * SIZE_UNIT, maxNewTokens);
  });
  return [...new Set(sizes)];
}

/** The smallest of {@link responseSizes} that holds the responses of these rows. */
export function responseSizeOf({ mask, length }: ResponseGrid, rows: readonly number[]): number {
  let longest = 0;
  for (const row of rows)
    for (let t = longest; t < length; t += 1) if (mask[row * length + t] === 1) longest = t + 1;
  return responseSizes(length).find((size) => size >= longest) ?? length;
}

/** The first `columns` numbers of the given rows of a row-major array whose rows are `width` long. */
export function takeRows<T extends Float32Array | Int32Array>(
  values: T,
  rows: readonly number[],
  { width, columns = width }: { width: number; columns?: number },
): T {
  const Kind = values.constructor as new (length: number) => T;
  const taken = new Kind(rows.length * columns);
  for (const [place, row] of rows.entries())
    taken.set(values.subarray(row * width, row * width + columns), place * columns);
  return taken;
}

/** Feeds of `score/<size>` and the shared part of `train/<size>` for some rows. */
export function rolloutValues(
  rollouts: Rollouts,
  rows: readonly number[],
  size: number,
): { ids: Int32Array; mask: Float32Array; labels: Int32Array } {
  const { promptTokens, length } = rollouts;
  const whole = { width: promptTokens + length, columns: promptTokens + size };
  return {
    ids: takeRows(rollouts.ids, rows, whole),
    mask: takeRows(rollouts.fullMask, rows, whole),
    labels: takeRows(rollouts.labels, rows, { width: length, columns: size }),
  };
}

/** What policy and reference say of rollouts. */
export interface EvaluatedRollouts {
  /** [rows, response], under the policy that wrote the texts; 0 behind the longest response of a batch. */
  logProbs: Float32Array;
  referenceLogProbs: Float32Array;
  values: Float32Array;
  entropy: Float32Array;
  /** log pi - log pi_ref summed over each text, nats. */
  klByRow: number[];
}

/** Log-probabilities, values and entropy of every response token, by the signatures `score/<size>`, in batches of `batchSize` rows. */
export function evaluateRollouts(
  session: Session,
  rollouts: Rollouts,
  batchSize: number,
): EvaluatedRollouts {
  const grid = (): Float32Array => new Float32Array(rollouts.rows * rollouts.length);
  const seen = { logProbs: grid(), referenceLogProbs: grid(), values: grid(), entropy: grid() };
  for (let start = 0; start < rollouts.rows; start += batchSize) {
    const rows = Array.from({ length: batchSize }, (_, index) => start + index);
    const columns = responseSizeOf(rollouts, rows);
    const result = session.run(`score/${columns}`, rolloutValues(rollouts, rows, columns));
    for (const name of Object.keys(seen) as (keyof typeof seen)[])
      for (const [place, row] of rows.entries()) {
        const own = result[name]!.subarray(place * columns, (place + 1) * columns);
        seen[name].set(own, row * rollouts.length);
      }
  }
  const klByRow = Array.from({ length: rollouts.rows }, (_, row) => {
    let kl = 0;
    for (let index = row * rollouts.length; index < (row + 1) * rollouts.length; index += 1)
      kl += (seen.logProbs[index]! - seen.referenceLogProbs[index]!) * rollouts.mask[index]!;
    return kl;
  });
  return { ...seen, klByRow };
}
