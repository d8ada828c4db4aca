import { InvalidArgumentError } from 'commander';
import { Queue } from '../contracts/names.js';
import { parsePools, PoolUnknownError } from '../infra/services/served-pools.js';

/**
 * Returns the pools of a comma-separated list, each as `POOL` or `POOL=QUEUE`.
 *
 * @throws InvalidArgumentError naming the wrong one.
 */
export function readPools(text: string): string[] {
  try {
    return parsePools(text).map(({ pool, queue }) => (pool === queue ? pool : `${pool}=${queue}`));
  } catch (error) {
    if (!(error instanceof PoolUnknownError)) throw error;
    const known = Object.values(Queue).join(', ');
    throw new InvalidArgumentError(`there is no pool "${error.part}". Pools: ${known}.`);
  }
}

/**
 * Returns a number of texts.
 *
 * @throws InvalidArgumentError if it is not from 1 to 1000.
 */
export function parseCount(text: string): number {
  return parseWhole(text, { least: 1, most: 1000 });
}

/**
 * Returns the seed of random numbers.
 *
 * @throws InvalidArgumentError if the text is no whole number of 31 bits.
 */
export function parseSeed(text: string): number {
  return parseWhole(text, { least: 0, most: 2 ** 31 - 1 });
}

function parseWhole(text: string, bounds: { least: number; most: number }): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < bounds.least || value > bounds.most) {
    throw new InvalidArgumentError(
      `expected a whole number from ${String(bounds.least)} to ${String(bounds.most)}.`,
    );
  }
  return value;
}

/**
 * Returns a sampling temperature.
 *
 * @throws InvalidArgumentError if the text is neither 0, which is greedy, nor a number from 0.001 to 2.
 */
export function parseTemperature(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value === 0 || (value >= 1e-3 && value <= 2))) {
    throw new InvalidArgumentError('expected 0, which is greedy, or a number from 0.001 to 2.');
  }
  return value;
}

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Returns the milliseconds of an age such as `30d`, `12h`, `45m` or `0s`.
 *
 * @throws InvalidArgumentError for anything else.
 */
export function parseAge(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const size = unitMs[unit ?? ''];
  if (count === undefined || size === undefined) {
    throw new InvalidArgumentError('expected a number and s, m, h or d, such as 30d or 12h.');
  }
  return Number(count) * size;
}
