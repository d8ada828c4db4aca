import { describe, expect, it } from 'vitest';
import { RateLimiter, Limit } from '../../../providers/rate-limiter.js';

describe('RateLimiter', () => {
  it('lets through no more than the rate and a small burst', async () => {
    const limiter = new RateLimiter({ requestsPerMinute: 12_000 });
    const started = performance.now();
    // 60 callers at 200 a second with a burst of 50 ms (10 callers): 50 wait 5 ms each, 250 ms in all, less one ms.
    await Promise.all(Array.from({ length: 60 }, () => limiter.enter(0)));
    expect(performance.now() - started).toBeGreaterThanOrEqual(240);
  });
  it('lets every caller through without a rate', async () => {
    const limiter = new RateLimiter({ requestsPerMinute: Infinity });
    await Promise.all(Array.from({ length: 1000 }, () => limiter.enter(1000)));
  });
  it('holds back who comes after too many tokens, until the count is put right', async () => {
    // A thousand tokens a second: the first 400 leave a debt of 400 ms.
    const limiter = new RateLimiter({ requestsPerMinute: Infinity, tokensPerMinute: 60_000 });
    const started = performance.now();
    await limiter.enter(400);
    await limiter.enter(100);
    expect(performance.now() - started).toBeGreaterThanOrEqual(395);
    // A minute too much, given back: without it the next would wait for it.
    await limiter.enter(60_000);
    limiter.correctTokens(60_000, 0);
    await limiter.enter(0);
  });
  it('lets no caller go during a pause', async () => {
    const limiter = new RateLimiter({ requestsPerMinute: Infinity });
    limiter.pause(120);
    const started = performance.now();
    await Promise.all([limiter.enter(0), limiter.enter(0)]);
    expect(performance.now() - started).toBeGreaterThanOrEqual(115);
  });
  it('slows down to what a server says is left for its share', async () => {
    const limiter = new RateLimiter({ requestsPerMinute: Infinity, share: 0.5 });
    const passed = await limiter.enter(0);
    // Half of 8 left in 500 ms: one each 500 / (4 + 1) = 100 ms.
    limiter.adopt({ requests: { units: 8, resetMs: 500 } }, passed);
    const started = performance.now();
    for (let call = 0; call < 3; call += 1) await limiter.enter(0);
    expect(performance.now() - started).toBeGreaterThanOrEqual(195);
  });
  it('stops waiting when aborted, in turn or out of turn, and holds up no other caller', async () => {
    const limiter = new RateLimiter({ requestsPerMinute: 0.6 });
    await limiter.enter(0);
    const abort = new AbortController();
    const first = limiter.enter(0, abort.signal);
    const other = new AbortController();
    const second = limiter.enter(0, other.signal);
    other.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    abort.abort(new Error('too much'));
    await expect(first).rejects.toThrow('too much');
  });
});

/** Takes one unit as soon as it may, so many times, and returns when. */
function takeAll(limit: Limit, count: number, from = 0): number[] {
  let now = from;
  return Array.from({ length: count }, () => {
    now = Math.max(now, limit.readyAt(1, now));
    limit.take(1, now);
    return now;
  });
}

describe("a limit of the client's own", () => {
  it('lets one unit through each gap', () => {
    expect(takeAll(new Limit({ unitMs: 10, burstMs: 0 }), 4)).toEqual([0, 10, 20, 30]);
  });
  it('lets a burst through at once and keeps to the gap behind it', () => {
    expect(takeAll(new Limit({ unitMs: 10, burstMs: 20 }), 6)).toEqual([0, 0, 0, 10, 20, 30]);
  });
  it('makes a debt of a large take, which a correction makes smaller or larger', () => {
    const limit = new Limit({ unitMs: 1, burstMs: 0 });
    limit.take(400, 1000);
    expect(limit.readyAt(1, 1000)).toBe(1400);
    limit.add(-300, 1050);
    expect(limit.readyAt(1, 1050)).toBe(1100);
    limit.add(50, 1060);
    expect(limit.readyAt(1, 1060)).toBe(1150);
  });
});

describe('a limit that adopts what a server says is left', () => {
  const adopting = (units: number, resetMs: number): Limit => {
    const limit = new Limit({ unitMs: 0, burstMs: 0 });
    const taken = limit.take(1, 0);
    limit.adopt({ units, resetMs }, 0, taken);
    return limit;
  };
  it('spreads what is left over the time until the limit is whole', () => {
    // 3 left in 400 ms: one each 400 / (3 + 1) = 100 ms, and none too many before the reset.
    expect(takeAll(adopting(3, 400), 4)).toEqual([0, 100, 200, 400]);
  });
  it('waits for the reset when nothing is left, and no longer', () => {
    expect(takeAll(adopting(0, 400), 3)).toEqual([400, 400, 400]);
  });
  it('waits for the reset when less is left than one request takes', () => {
    expect(adopting(50, 400).readyAt(51, 0)).toBe(400);
    expect(adopting(50, 400).readyAt(50, 0)).toBeLessThan(400);
  });
  it('counts what was taken since the request that was answered', () => {
    const limit = new Limit({ unitMs: 0, burstMs: 0 });
    const first = limit.take(1, 0);
    limit.take(1, 0);
    limit.take(1, 0);
    // Two of the two that were left are on their way already.
    limit.adopt({ units: 2, resetMs: 400 }, 10, first);
    expect(limit.readyAt(1, 10)).toBe(410);
  });
  it('does not adopt an older answer than the newest it had', () => {
    const limit = new Limit({ unitMs: 0, burstMs: 0 });
    const first = limit.take(1, 0);
    const second = limit.take(1, 0);
    limit.adopt({ units: 100, resetMs: 100 }, 10, second);
    limit.adopt({ units: 0, resetMs: 60_000 }, 20, first);
    expect(limit.readyAt(1, 20)).toBeLessThan(30);
  });
  it('comes to rest with half of a bucket that fills steadily, and is never refused', () => {
    // 60 units that fill at one each 100 ms; every answer comes at once.
    const limit = new Limit({ unitMs: 0, burstMs: 0 });
    let left = 60;
    let filledAt = 0;
    let now = 0;
    const times: number[] = [];
    for (let call = 0; call < 600; call += 1) {
      now = Math.max(now, limit.readyAt(1, now));
      left = Math.min(60, left + (now - filledAt) / 100);
      filledAt = now;
      expect(left).toBeGreaterThanOrEqual(1);
      left -= 1;
      const taken = limit.take(1, now);
      limit.adopt({ units: Math.floor(left), resetMs: (60 - left) * 100 }, now, taken);
      times.push(now);
    }
    expect(left).toBeGreaterThan(20);
    expect(left).toBeLessThan(40);
    // As fast as the bucket fills: 100 units of it in 10 seconds, within a tenth.
    const span = times[599]! - times[499]!;
    expect(span).toBeGreaterThan(9_000);
    expect(span).toBeLessThan(11_000);
  });
});
