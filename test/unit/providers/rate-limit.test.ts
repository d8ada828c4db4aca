import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../../providers/rate-limit.js';

describe('createRateLimit', () => {
  it('lets through no more than the rate and a small burst', async () => {
    const limit = createRateLimit(200);
    const started = performance.now();
    // 60 callers at 200 a second with a burst of 50 ms (10 callers): 49 wait 5 ms each, 245 ms in all.
    await Promise.all(Array.from({ length: 60 }, () => limit.enter()));
    expect(performance.now() - started).toBeGreaterThanOrEqual(240);
  });
  it('lets everyone through without a rate', async () => {
    const limit = createRateLimit(Infinity);
    const started = performance.now();
    await Promise.all(Array.from({ length: 1000 }, () => limit.enter()));
    expect(performance.now() - started).toBeLessThan(200);
  });
  it('stops waiting when aborted', async () => {
    const limit = createRateLimit(0.01);
    await limit.enter();
    const abort = new AbortController();
    const waiting = Promise.all(Array.from({ length: 12 }, () => limit.enter(abort.signal)));
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
