import { describe, expect, it } from 'vitest';
import { createRateLimit } from '../../../providers/rate-limit.js';

describe('createRateLimit', () => {
  it('lets through no more than the rate and a small burst', async () => {
    const limit = createRateLimit({ requestsPerMinute: 12_000 });
    const started = performance.now();
    // 60 callers at 200 a second with a burst of 50 ms (10 callers): 50 wait 5 ms each, 250 ms in all, less one ms.
    await Promise.all(Array.from({ length: 60 }, () => limit.enter(0)));
    expect(performance.now() - started).toBeGreaterThanOrEqual(240);
  });
  it('lets everyone through without a rate', async () => {
    const limit = createRateLimit({ requestsPerMinute: Infinity });
    await Promise.all(Array.from({ length: 1000 }, () => limit.enter(1000)));
  });
  it('holds back who comes after too many tokens, until the count is put right', async () => {
    // A thousand tokens a second: the first 400 leave a debt of 400 ms.
    const limit = createRateLimit({ requestsPerMinute: Infinity, tokensPerMinute: 60_000 });
    const started = performance.now();
    await limit.enter(400);
    await limit.enter(100);
    expect(performance.now() - started).toBeGreaterThanOrEqual(395);
    // A minute too much, given back: without it the next would wait for it.
    await limit.enter(60_000);
    limit.correctTokens(60_000, 0);
    await limit.enter(0);
  });
  it('lets nobody go during a pause', async () => {
    const limit = createRateLimit({ requestsPerMinute: Infinity });
    limit.pause(120);
    const started = performance.now();
    await Promise.all([limit.enter(0), limit.enter(0)]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(115);
  });
  it('slows down to what a server says is left for its share', async () => {
    const limit = createRateLimit({ requestsPerMinute: Infinity, share: 0.5 });
    const passed = await limit.enter(0);
    // Half of 8 left in 500 ms: one each 500 / (4 + 1) = 100 ms.
    limit.heed({ requests: { units: 8, resetMs: 500 } }, passed);
    const started = performance.now();
    for (let call = 0; call < 3; call += 1) await limit.enter(0);
    expect(performance.now() - started).toBeGreaterThanOrEqual(195);
  });
  it('stops waiting when aborted, in turn or out of turn, and holds nobody up', async () => {
    const limit = createRateLimit({ requestsPerMinute: 0.6 });
    await limit.enter(0);
    const abort = new AbortController();
    const first = limit.enter(0, abort.signal);
    const other = new AbortController();
    const second = limit.enter(0, other.signal);
    other.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    abort.abort(new Error('too much'));
    await expect(first).rejects.toThrow('too much');
  });
});
