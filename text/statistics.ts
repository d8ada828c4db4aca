import { itemAt } from './item-at.js';

/** Mean of numbers, 0 for none. */
export function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Population standard deviation. */
export function standardDeviation(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - centre) ** 2)));
}

/** Pearson's correlation, -1 to 1; 0 when either side does not vary. */
export function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  const scale = standardDeviation(a) * standardDeviation(b);
  return scale === 0
    ? 0
    : mean(a.map((value, index) => (value - meanA) * (itemAt(b, index) - meanB))) / scale;
}

/** Spearman's rank correlation; equal values share their mean rank. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  return pearson(ranks(a), ranks(b));
}

function ranks(values: readonly number[]): number[] {
  const order = values
    .map((_, index) => index)
    .sort((a, b) => itemAt(values, a) - itemAt(values, b));
  const valueAt = (place: number): number => itemAt(values, itemAt(order, place));
  const result = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && valueAt(end + 1) === valueAt(start)) end += 1;
    for (let place = start; place <= end; place += 1)
      result[itemAt(order, place)] = (start + end) / 2;
    start = end + 1;
  }
  return result;
}
