import { describe, expect, it } from 'vitest';
import { readRateHeaders, retryAfterMs } from '../../../providers/rate-headers.js';

const NOW = Date.UTC(2026, 0, 1);
const read = (headers: Record<string, string>) => readRateHeaders(new Headers(headers), NOW);
const resetOf = (reset: string) =>
  read({ 'x-ratelimit-remaining-requests': '5', 'x-ratelimit-reset-requests': reset }).requests
    ?.resetMs;

describe('readRateHeaders', () => {
  it('reads what is left of requests and tokens', () => {
    expect(
      read({
        'x-ratelimit-remaining-requests': '59',
        'x-ratelimit-reset-requests': '1s',
        'x-ratelimit-remaining-tokens': '149984',
        'x-ratelimit-reset-tokens': '6ms',
      }),
    ).toEqual({
      requests: { units: 59, resetMs: 1000 },
      tokens: { units: 149_984, resetMs: 6 },
    });
  });
  it.each([
    ['120ms', 120],
    ['0m6s', 6000],
    ['1.5s', 1500],
    ['7', 7000],
    ['0.25', 250],
    [String(NOW / 1000 + 20), 20_000],
    [new Date(NOW + 30_000).toISOString(), 30_000],
    ['6m0s', 60_000],
    ['1d2h', 60_000],
    ['-3', 0],
  ])('reads a reset of %s, a minute at most', (reset, expected) => {
    expect(resetOf(reset)).toBe(expected);
  });
  it('ignores what it cannot read, and servers that keep no count', () => {
    expect(resetOf('soon')).toBeUndefined();
    expect(resetOf('')).toBeUndefined();
    expect(read({ 'x-ratelimit-remaining-tokens': '-1', 'x-ratelimit-reset-tokens': '0' })).toEqual(
      {},
    );
    expect(read({ 'x-ratelimit-remaining-requests': '5' })).toEqual({});
  });
  it('prefers retry-after-ms to Retry-After', () => {
    expect(read({ 'retry-after': '3' })).toEqual({ waitMs: 3000 });
    expect(read({ 'retry-after': '3', 'retry-after-ms': '250' })).toEqual({ waitMs: 250 });
    expect(read({ 'retry-after': '3', 'retry-after-ms': 'x' })).toEqual({ waitMs: 3000 });
  });
});

describe('retryAfterMs', () => {
  it('reads seconds', () => {
    expect(retryAfterMs('1.5', 0)).toBe(1500);
  });
  it('reads an HTTP date', () => {
    expect(retryAfterMs('Wed, 21 Oct 2015 07:28:10 GMT', Date.UTC(2015, 9, 21, 7, 28, 0))).toBe(
      10_000,
    );
  });
  it('waits a minute at most and never a negative time', () => {
    expect(retryAfterMs('86400', 0)).toBe(60_000);
    expect(retryAfterMs('Wed, 21 Oct 2015 07:28:10 GMT', Date.UTC(2020, 1))).toBe(0);
  });
  it('ignores a header it cannot read', () => {
    expect(retryAfterMs('soon', 0)).toBeUndefined();
    expect(retryAfterMs(null, 0)).toBeUndefined();
  });
});
