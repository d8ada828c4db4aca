import { describe, expect, it } from 'vitest';
import {
  differenceIntervalOf,
  intervalOf,
  quantile,
  resampleMeans,
  verdictOf,
} from '../../../../activities/evaluate/paired-bootstrap.js';
import { normal, uniform } from '../../../../text/random.js';

const options = { resamples: 400, seed: 7 };

async function compare(first: number[], second: number[]) {
  const [a, b] = await resampleMeans([first, second], options);
  return differenceIntervalOf({ column: first, resampled: a! }, { column: second, resampled: b! });
}

describe('quantile', () => {
  it('interpolates between neighbours', () => {
    // positions 0, 1, 2, 3; a quarter of the way is position 0.75: 10 + 0.75 * (20 - 10)
    expect(quantile([10, 20, 30, 40], 0.25)).toBe(17.5);
    expect(quantile([10, 20, 30, 40], 0)).toBe(10);
    expect(quantile([10, 20, 30, 40], 1)).toBe(40);
    expect(quantile([5], 0.975)).toBe(5);
  });
});

describe('paired bootstrap', () => {
  it('draws rows with replacement: the mean of two rows is one, the other, or their middle', async () => {
    const [means] = await resampleMeans([[0, 2]], { resamples: 4000, seed: 1 });
    const share = (value: number) => means!.filter((mean) => mean === value).length / 4000;
    // (first, first), (second, second) and the two mixed orders: 1/4, 1/4, 1/2; standard error 0.008
    expect(share(0)).toBeCloseTo(0.25, 1);
    expect(share(2)).toBeCloseTo(0.25, 1);
    expect(share(0) + share(1) + share(2)).toBeCloseTo(1, 12);
  });

  it('draws one set of rows for all columns of a resample', async () => {
    const rows = [1, 4, 9, 16, 25];
    const [first, second] = await resampleMeans([rows, rows.map((value) => 2 * value)], options);
    first!.forEach((mean, resample) => {
      expect(second![resample]).toBeCloseTo(2 * mean, 10);
    });
  });

  it('gives identical columns a difference of exactly zero', async () => {
    const rows = Array.from({ length: 50 }, (_, row) => normal(3, row));
    expect(await compare(rows, rows)).toEqual({ mean: 0, low: 0, high: 0 });
  });

  it('gives a constant shift an interval of no width', async () => {
    const rows = Array.from({ length: 50 }, (_, row) => normal(3, row));
    const shifted = rows.map((value) => value + 0.5);
    expect(await compare(shifted, rows)).toEqual({ mean: 0.5, low: 0.5, high: 0.5 });
  });

  it('turns the interval round when the columns are exchanged', async () => {
    const first = Array.from({ length: 60 }, (_, row) => normal(4, row));
    const second = Array.from({ length: 60 }, (_, row) => normal(5, row));
    const forth = await compare(first, second);
    const back = await compare(second, first);
    expect(back.mean).toBeCloseTo(-forth.mean, 6);
    expect(back.low).toBeCloseTo(-forth.high, 6);
    expect(back.high).toBeCloseTo(-forth.low, 6);
  });

  it('comes near the normal interval of a mean of many rows', async () => {
    const rows = Array.from({ length: 400 }, (_, row) => normal(6, row));
    const [means] = await resampleMeans([rows], { resamples: 1000, seed: 2 });
    const interval = intervalOf(rows, means!);
    // half width 1.96 / sqrt(400) = 0.098
    expect((interval.high - interval.low) / 2).toBeCloseTo(0.098, 1);
    expect(interval.low).toBeLessThan(interval.mean);
    expect(interval.high).toBeGreaterThan(interval.mean);
  });

  it('is narrower for pairs that move together than for pairs that do not', async () => {
    const base = Array.from({ length: 80 }, (_, row) => normal(8, row));
    const close = base.map((value, row) => value + 0.1 * normal(9, row));
    const apart = base.map((_, row) => normal(10, row));
    const together = await compare(close, base);
    const alone = await compare(apart, base);
    expect(together.high - together.low).toBeLessThan((alone.high - alone.low) / 3);
  });

  it('gives the same numbers for the same seed and others for another', async () => {
    const rows = Array.from({ length: 20 }, (_, row) => uniform(11, row));
    const [first] = await resampleMeans([rows], options);
    const [again] = await resampleMeans([rows], options);
    const [other] = await resampleMeans([rows], { ...options, seed: 8 });
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('refuses columns of different lengths and no rows at all', async () => {
    await expect(resampleMeans([[1, 2], [1]], options)).rejects.toThrow('lengths 2, 1');
    await expect(resampleMeans([[]], options)).rejects.toThrow(RangeError);
  });
});

describe('verdict', () => {
  it('calls an interval that touches or holds zero unproven', () => {
    expect(verdictOf({ mean: 0.1, low: 0.01, high: 0.2 })).toBe('higher');
    expect(verdictOf({ mean: -0.1, low: -0.2, high: -0.01 })).toBe('lower');
    expect(verdictOf({ mean: 0.1, low: -0.01, high: 0.2 })).toBe('unproven');
    expect(verdictOf({ mean: 0, low: 0, high: 0 })).toBe('unproven');
    expect(verdictOf({ mean: 0.1, low: 0, high: 0.2 })).toBe('unproven');
  });
});
