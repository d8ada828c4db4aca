import { describe, expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatMeasured,
  formatNumber,
  formatQuantity,
  formatSeconds,
  formatShare,
  formatSigned,
  formatTime,
} from '../../../text/quantities.js';

describe('numbers of pages', () => {
  it('have a real minus sign and never a negative zero', () => {
    expect(formatNumber(-1.5, 1)).toBe('\u22121.5');
    expect(formatNumber(-0.001, 2)).toBe('0.00');
    expect(formatSigned(0.001, 2)).toBe('0.00');
    expect(formatSigned(0.126, 2)).toBe('+0.13');
  });

  it('of unknown size keep about four digits', () => {
    expect(formatQuantity(1234567)).toBe('1\u2009234\u2009567');
    expect(formatQuantity(0.00012)).toBe('1.2e\u22124');
    expect(formatQuantity(0.5)).toBe('0.5000');
    expect(formatQuantity(Infinity)).toBe('Infinity');
  });

  it('carry their units across the borders', () => {
    expect([0.4, 12.2, 59.6, 185, 7620].map(formatDuration)).toEqual([
      '0.4 s',
      '12 s',
      '1 min 00 s',
      '3 min 05 s',
      '2 h 07 min',
    ]);
    expect([812, 999_600, 4_100_000].map(formatBytes)).toEqual(['812 B', '1.0 MB', '4.1 MB']);
  });

  it('of time are in UTC; what is no time stays as it is', () => {
    expect(formatTime('2026-11-02T07:05:00Z')).toBe('2 Nov 2026, 07:05 UTC');
    expect(formatTime('soon')).toBe('soon');
  });
});

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

describe('formatMeasured', () => {
  it.each([
    [0.05123, '0.0512'],
    [2.3144, '2.314'],
    [31.24, '31.2'],
    [1200, '1,200'],
    [0.00002, '0.0000200'],
    [-0.5, '-0.5000'],
    [Number.NaN, 'NaN'],
  ])('writes %s as %s', (value, text) => {
    expect(formatMeasured(value)).toBe(text);
  });
});

it('sets thousands apart', () => {
  expect(formatCount(8412.4)).toBe('8,412');
});

it('chooses the unit of a size, and never writes a thousand of one', () => {
  expect([812, 4_100_000, 999_960].map(formatBytes)).toEqual(['812 B', '4.1 MB', '1.0 MB']);
});

it('takes what is no length of time for none, on a page as in the terminal', () => {
  for (const wrong of [Number.NaN, -1, Infinity]) {
    expect([formatSeconds(wrong), formatDuration(wrong)]).toEqual(['-', '-']);
  }
});

describe('formatShare', () => {
  it.each([
    [0, 10, '0 %'],
    [1, 0, '0 %'],
    [1, 10_000, '< 0.1 %'],
    [1, 8, '12.5 %'],
  ])('writes %i of %i as %s', (part, whole, text) => {
    expect(formatShare(part, whole)).toBe(text);
  });
});
