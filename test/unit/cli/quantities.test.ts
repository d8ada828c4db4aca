import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatNumber, formatSeconds } from '../../../cli/quantities.js';

describe('formatSeconds', () => {
  it.each([
    [0.42, '0.4 s'],
    [9.96, '10 s'],
    [59.4, '59 s'],
    [59.6, '1m 00s'],
    [185, '3m 05s'],
    [7620, '2h 07m'],
    [Number.NaN, '-'],
  ])('writes %s seconds as %s', (seconds, text) => {
    expect(formatSeconds(seconds)).toBe(text);
  });
});

describe('formatNumber', () => {
  it.each([
    [0.05123, '0.0512'],
    [2.3144, '2.314'],
    [31.24, '31.2'],
    [1200, '1,200'],
    [0.00002, '0.0000200'],
    [-0.5, '-0.5000'],
    [Number.NaN, 'NaN'],
  ])('writes %s as %s', (value, text) => {
    expect(formatNumber(value)).toBe(text);
  });
});

it('sets thousands apart', () => {
  expect(formatCount(8412.4)).toBe('8,412');
});

it('chooses the unit of a size', () => {
  expect([formatBytes(812), formatBytes(4_100_000)]).toEqual(['812 B', '4.1 MB']);
});
