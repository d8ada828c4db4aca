import { InputInvalidError } from '../../files/input-invalid-error.js';
import { PassDraw, permutation } from '../../text/random.js';
import type { TokenRow } from '../prompts/template.js';

/** Batches whose rows are sorted together by length: rows differ little in length, and order stays random. */
export const POOL = 16;

/**
 * Row indices of each batch of one pass over the data, in an order that depends on the keys alone.
 *
 * All batches are full: the last rows of the pass that fill no batch are left out (another pass has another order).
 * @throws InputInvalidError if there are fewer rows than one batch needs.
 */
export function planBatches(
  lengths: readonly number[],
  batchSize: number,
  keys: readonly number[],
): number[][] {
  if (lengths.length < batchSize) {
    throw new InputInvalidError(
      `expected at least ${batchSize} rows (one batch), found ${lengths.length}: lower batchSize or collect more`,
    );
  }
  const order = permutation(lengths.length, ...keys, PassDraw.rows);
  const batches: number[][] = [];
  for (let start = 0; start < order.length; start += POOL * batchSize) {
    const pool = order
      .slice(start, start + POOL * batchSize)
      .sort((a, b) => lengths[a]! - lengths[b]! || a - b);
    for (let from = 0; from + batchSize <= pool.length; from += batchSize)
      batches.push(pool.slice(from, from + batchSize));
  }
  return permutation(batches.length, ...keys, PassDraw.batches).map((index) => batches[index]!);
}

interface EpochOptions<Row> {
  /** Rows of every epoch. */
  rowCount: number;
  batchSize: number;
  epochs: number;
  seed: number;
  /** The rows of an epoch, a pure function of its number. */
  rowsOf(epoch: number): readonly Row[];
}

/** The batches of several passes over the data; those of a step depend on the seed and the step alone, so that nothing of them needs saving. */
export class EpochBatches<Row extends TokenRow> {
  /** Steps of all passes. */
  readonly stepCount: number;
  readonly #options: EpochOptions<Row>;
  readonly #stepsPerEpoch: number;
  /** The epoch that was asked for last. */
  #current: { epoch: number; batches: Row[][] } | undefined;

  constructor(options: EpochOptions<Row>) {
    this.#options = options;
    this.#stepsPerEpoch = Math.max(1, Math.floor(options.rowCount / options.batchSize));
    this.stepCount = Math.max(1, Math.round(this.#stepsPerEpoch * options.epochs));
  }

  /**
   * The rows of a step.
   *
   * @throws InputInvalidError if there are fewer rows than one batch needs.
   */
  at(stepIndex: number): Row[] {
    const epoch = Math.floor(stepIndex / this.#stepsPerEpoch);
    if (this.#current?.epoch !== epoch) {
      const rows = this.#options.rowsOf(epoch);
      const lengths = rows.map((row) => row.ids.length);
      const plan = planBatches(lengths, this.#options.batchSize, [this.#options.seed, epoch]);
      this.#current = { epoch, batches: plan.map((batch) => batch.map((index) => rows[index]!)) };
    }
    const { batches } = this.#current;
    return batches[(stepIndex % this.#stepsPerEpoch) % batches.length]!;
  }
}
