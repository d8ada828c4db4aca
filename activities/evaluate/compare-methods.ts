import {
  evaluationMethods,
  evaluationMetrics,
  type Difference,
  type EvaluatedRow,
  type EvaluationMethod,
  type MethodResult,
} from '../../contracts/report.js';
import { itemAt } from '../../text/item-at.js';
import {
  differenceIntervalOf,
  intervalOf,
  resampleMeans,
  verdictOf,
  type BootstrapOptions,
} from './paired-bootstrap.js';

/** The comparisons a reader wants, each the first minus the second. */
const COMPARISONS: readonly (readonly [EvaluationMethod, EvaluationMethod])[] = [
  ['ppo', 'sft'],
  ['ppo', 'unchanged'],
  ['ppo', 'fixed-tail'],
  ['sft', 'unchanged'],
  ['sft', 'fixed-tail'],
  ['ppo-greedy', 'sft-greedy'],
];

/**
 * Every method's means and the paired differences, each with its 95 % bootstrap interval.
 *
 * A metric that some row of a method lacks (`endedByItself` of a text no model wrote) is left out for that method.
 * @throws RangeError if there are no rows.
 */
export async function compareMethods(
  rows: readonly EvaluatedRow[],
  options: BootstrapOptions,
): Promise<{ methods: MethodResult[]; differences: Difference[] }> {
  const columns = columnsOf(rows);
  const means = await resampleMeans([...columns.values()], options);
  const found = new Map(
    [...columns].map(([name, column], index) => [
      name,
      { column, resampled: itemAt(means, index) },
    ]),
  );
  const methods = evaluationMethods.map((method) => {
    const result: MethodResult = { method, metrics: {} };
    for (const metric of evaluationMetrics) {
      const values = found.get(`${method} ${metric}`);
      if (values) result.metrics[metric] = intervalOf(values.column, values.resampled);
    }
    return result;
  });
  const differences = COMPARISONS.map(([of, against]) => {
    const difference: Difference = { of, against, metrics: {} };
    for (const metric of evaluationMetrics) {
      const first = found.get(`${of} ${metric}`);
      const second = found.get(`${against} ${metric}`);
      if (!first || !second) continue;
      const interval = differenceIntervalOf(first, second);
      difference.metrics[metric] = { ...interval, verdict: verdictOf(interval) };
    }
    return difference;
  });
  return { methods, differences };
}

/** The values of the rows by `<method> <metric>`. */
function columnsOf(rows: readonly EvaluatedRow[]): Map<string, Float64Array> {
  const columns = new Map<string, Float64Array>();
  for (const method of evaluationMethods) {
    for (const metric of evaluationMetrics) {
      const values = rows.map((row) => row.texts[method].metrics[metric]);
      if (values.every((value) => value !== undefined)) {
        columns.set(`${method} ${metric}`, Float64Array.from(values));
      }
    }
  }
  return columns;
}
