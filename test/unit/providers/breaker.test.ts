import { describe, expect, it } from 'vitest';
import { Breaker, type BreakerOptions } from '../../../providers/breaker.js';

/** Time that passes only while somebody waits. */
let now = 0;
const clock = {
  now: () => now,
  wait: async (milliseconds: number, signal?: AbortSignal) => {
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
    now += milliseconds;
  },
};

const breakerOf = (options: Partial<BreakerOptions> = {}): Breaker =>
  new Breaker({
    failures: 3,
    openMs: 20,
    giveUpMs: 1e9,
    giveUp: (downMs) => new Error(`down for ${downMs} ms`),
    clock,
    ...options,
  });

async function fail(breaker: Breaker, times: number): Promise<void> {
  for (let time = 0; time < times; time += 1) (await breaker.enter()).end('failed');
}

describe('Breaker', () => {
  it('opens after so many failures in a row, and no others', async () => {
    const breaker = breakerOf();
    await fail(breaker, 2);
    (await breaker.enter()).end('answered');
    await fail(breaker, 2);
    expect((await breaker.enter()).isProbe).toBe(false);
    await fail(breaker, 1);
    expect((await breaker.enter()).isProbe).toBe(true);
  });
  it('tries the server with one caller while the others wait, and lets all in when it is back', async () => {
    const breaker = breakerOf();
    await fail(breaker, 3);
    const entered: boolean[] = [];
    const calls = Array.from({ length: 5 }, async () => {
      const admission = await breaker.enter();
      entered.push(admission.isProbe);
      return admission;
    });
    const probe = await Promise.race(calls);
    expect(entered).toEqual([true]);
    probe.end('answered');
    await Promise.all(calls);
    expect(entered).toEqual([true, false, false, false, false]);
  });
  it('stays open after a probe that failed, and probes again', async () => {
    const breaker = breakerOf();
    await fail(breaker, 4);
    const again = await breaker.enter();
    expect(again.isProbe).toBe(true);
    again.end('answered');
    expect((await breaker.enter()).isProbe).toBe(false);
  });
  it('gives the probe to another when its caller gave up', async () => {
    const breaker = breakerOf();
    await fail(breaker, 3);
    (await breaker.enter()).end('unknown');
    expect((await breaker.enter()).isProbe).toBe(true);
  });
  it('tells a caller let in before it opened that this no longer holds', async () => {
    const breaker = breakerOf();
    const early = await breaker.enter();
    expect(early.isValid()).toBe(true);
    await fail(breaker, 3);
    expect(early.isValid()).toBe(false);
  });
  it('fails those who wait once the server has been down too long, and goes on probing', async () => {
    const breaker = breakerOf({ openMs: 60, giveUpMs: 30 });
    await fail(breaker, 3);
    await expect(breaker.enter()).rejects.toThrow('down for 30 ms');
    await expect(breaker.enter()).rejects.toThrow('down for 30 ms');
    now += 30;
    const probe = await breaker.enter();
    expect(probe.isProbe).toBe(true);
    await expect(breaker.enter()).rejects.toThrow('down for 60 ms');
    probe.end('answered');
    expect((await breaker.enter()).isProbe).toBe(false);
  });
  it('stops waiting when aborted', async () => {
    const breaker = breakerOf({ openMs: 60_000 });
    await fail(breaker, 3);
    const abort = new AbortController();
    const waiting = breaker.enter(abort.signal);
    abort.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });
});
