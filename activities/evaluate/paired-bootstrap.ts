import { setImmediate } from 'node:timers/promises';
import type { Interval, Verdict } from '../../contracts/report.js';
import { uniform } from '../../text/random.js';
import { mean } from '../../text/statistics.js';

/** Resamples between two turns of the event loop, so that heartbeats go out. */
const RESAMPLES_A_TURN = 64;
const ROUNDING = 1e6;

export interface BootstrapOptions {
  resamples: number;
  seed: number;
}

/**
 * The mean of every column in every bootstrap resample of the rows.
 *
 * One set of rows is drawn for all columns of a resample, so differences of columns are paired by row.
 * Shapes: columns [column][row], all of one length; returns [column][resample].
 * Source: Efron 1979; Koehn 2004 for the paired use.
 * @throws RangeError if the columns are empty or differ in length.
 */
export async function resampleMeans(
  columns: readonly ArrayLike<number>[],
  options: BootstrapOptions,
): Promise<Float64Array[]> {
  const rowCount = columns[0]?.length ?? 0;
  if (columns.some((column) => column.length !== rowCount || rowCount === 0)) {
    throw new RangeError(
      `expected columns of one length above 0, found lengths ${columns.map((column) => column.length).join(', ')}`,
    );
  }
  const sampled = columns.map((column) => ({ column, means: new Float64Array(options.resamples) }));
  const drawn = new Uint32Array(rowCount);
  for (let resample = 0; resample < options.resamples; resample += 1) {
    for (let row = 0; row < rowCount; row += 1) {
      drawn[row] = Math.floor(uniform(options.seed, resample, row) * rowCount);
    }
    for (const { column, means } of sampled) {
      let sum = 0;
      for (const row of drawn) sum += column[row] ?? NaN;
      means[resample] = sum / rowCount;
    }
    if (resample % RESAMPLES_A_TURN === RESAMPLES_A_TURN - 1) await setImmediate();
  }
  return sampled.map(({ means }) => means);
}

/** The sample quantile at `share` in 0..1 of ascending numbers, interpolated linearly (type 7). */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  const position = share * (ascending.length - 1);
  const below = Math.floor(position);
  const low = ascending[below] ?? NaN;
  const high = ascending[Math.min(below + 1, ascending.length - 1)] ?? NaN;
  return low + (high - low) * (position - below);
}

/** The mean of a column with the 2.5 % and 97.5 % quantiles of its resampled means, to six decimals. */
export function intervalOf(column: ArrayLike<number>, resampled: Float64Array): Interval {
  const ascending = Float64Array.from(resampled).sort();
  return {
    mean: round(mean(Array.from(column))),
    low: round(quantile(ascending, 0.025)),
    high: round(quantile(ascending, 0.975)),
  };
}

/** The interval of the mean of `of - against`, row by row, from their resampled means. */
export function differenceIntervalOf(
  of: { column: ArrayLike<number>; resampled: Float64Array },
  against: { column: ArrayLike<number>; resampled: Float64Array },
): Interval {
  return intervalOf(
    Float64Array.from(of.column, (value, row) => value - (against.column[row] ?? NaN)),
    of.resampled.map((value, resample) => value - (against.resampled[resample] ?? NaN)),
  );
}

/** Whether an interval of a difference lies above zero, below it, or holds it. */
export function verdictOf(interval: Interval): Verdict {
  if (interval.low > 0) return 'higher';
  if (interval.high < 0) return 'lower';
  return 'unproven';
}

function round(value: number): number {
  return Math.round(value * ROUNDING) / ROUNDING + 0;
}
