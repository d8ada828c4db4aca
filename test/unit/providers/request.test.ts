import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../../providers/request.js';

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
