import { describe, expect, it } from 'vitest';
import { backoffMs, classifyStatus, retryAfterMs } from '../../../providers/retry.js';

describe('classifyStatus', () => {
  it.each([408, 425, 429, 500, 502, 503, 504])('tries %i again', (status) => {
    expect(classifyStatus(status)).toBe('retry');
  });
  it.each([400, 413, 414, 422])('blames the row for %i', (status) => {
    expect(classifyStatus(status)).toBe('row');
  });
  it.each([401, 403, 404, 405, 301])('blames the client for %i', (status) => {
    expect(classifyStatus(status)).toBe('refused');
  });
});

describe('backoffMs', () => {
  it('doubles from 100 ms, with half of it jitter', () => {
    for (let attempt = 1; attempt <= 12; attempt += 1) {
      const full = Math.min(60_000, 100 * 2 ** (attempt - 1));
      const wait = backoffMs('chat', 5, attempt);
      expect(wait).toBeGreaterThanOrEqual(full / 2);
      expect(wait).toBeLessThanOrEqual(full);
    }
  });
  it('is the same for the same call and differs between calls', () => {
    expect(backoffMs('chat', 5, 2)).toBe(backoffMs('chat', 5, 2));
    const waits = new Set([0, 1, 2, 3, 4].map((call) => backoffMs('chat', call, 2)));
    expect(waits.size).toBe(5);
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
