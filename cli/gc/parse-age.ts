import { InvalidArgumentError } from 'commander';

const unitMs: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Returns the milliseconds of an age such as `30d`, `12h`, `45m` or `0s`. @throws InvalidArgumentError for anything else. */
export function parseAge(text: string): number {
  const [, count, unit] = /^(\d{1,6})([smhd])$/.exec(text) ?? [];
  const size = unitMs[unit ?? ''];
  if (count === undefined || size === undefined) {
    throw new InvalidArgumentError('expected a number and s, m, h or d, such as 30d or 12h.');
  }
  return Number(count) * size;
}
