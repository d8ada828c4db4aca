import { describe, expect, it } from 'vitest';
import { createMeter, type Meter } from '../../../providers/rate-meter.js';

/** Takes one unit as soon as it may, so many times, and returns when. */
function takeAll(meter: Meter, count: number, from = 0): number[] {
  let now = from;
  return Array.from({ length: count }, () => {
    now = Math.max(now, meter.readyAt(1, now));
    meter.take(1, now);
    return now;
  });
}

describe('a meter of its own limit', () => {
  it('lets one unit through each gap', () => {
    expect(takeAll(createMeter({ unitMs: 10, burstMs: 0 }), 4)).toEqual([0, 10, 20, 30]);
  });
  it('lets a burst through at once and keeps to the gap behind it', () => {
    expect(takeAll(createMeter({ unitMs: 10, burstMs: 20 }), 6)).toEqual([0, 0, 0, 10, 20, 30]);
  });
  it('makes a debt of a large take, which a correction makes smaller or larger', () => {
    const meter = createMeter({ unitMs: 1, burstMs: 0 });
    meter.take(400, 1000);
    expect(meter.readyAt(1, 1000)).toBe(1400);
    meter.add(-300, 1050);
    expect(meter.readyAt(1, 1050)).toBe(1100);
    meter.add(50, 1060);
    expect(meter.readyAt(1, 1060)).toBe(1150);
  });
});

describe("a meter that heeds a server's limit", () => {
  const heeding = (units: number, resetMs: number): Meter => {
    const meter = createMeter({ unitMs: 0, burstMs: 0 });
    const taken = meter.take(1, 0);
    meter.heed({ units, resetMs }, 0, taken);
    return meter;
  };
  it('spreads what is left over the time until the limit is whole', () => {
    // 3 left in 400 ms: one each 400 / (3 + 1) = 100 ms, and none too many before the reset.
    expect(takeAll(heeding(3, 400), 4)).toEqual([0, 100, 200, 400]);
  });
  it('waits for the reset when nothing is left, and no longer', () => {
    expect(takeAll(heeding(0, 400), 3)).toEqual([400, 400, 400]);
  });
  it('waits for the reset when less is left than one request takes', () => {
    expect(heeding(50, 400).readyAt(51, 0)).toBe(400);
    expect(heeding(50, 400).readyAt(50, 0)).toBeLessThan(400);
  });
  it('counts what was taken since the request that was answered', () => {
    const meter = createMeter({ unitMs: 0, burstMs: 0 });
    const first = meter.take(1, 0);
    meter.take(1, 0);
    meter.take(1, 0);
    // Two of the two that were left are on their way already.
    meter.heed({ units: 2, resetMs: 400 }, 10, first);
    expect(meter.readyAt(1, 10)).toBe(410);
  });
  it('does not heed an older answer than it has heard', () => {
    const meter = createMeter({ unitMs: 0, burstMs: 0 });
    const first = meter.take(1, 0);
    const second = meter.take(1, 0);
    meter.heed({ units: 100, resetMs: 100 }, 10, second);
    meter.heed({ units: 0, resetMs: 60_000 }, 20, first);
    expect(meter.readyAt(1, 20)).toBeLessThan(30);
  });
  it('comes to rest with half of a bucket that fills steadily, and is never refused', () => {
    // 60 units that fill at one each 100 ms; every answer comes at once.
    const meter = createMeter({ unitMs: 0, burstMs: 0 });
    let left = 60;
    let filledAt = 0;
    let now = 0;
    const times: number[] = [];
    for (let call = 0; call < 600; call += 1) {
      now = Math.max(now, meter.readyAt(1, now));
      left = Math.min(60, left + (now - filledAt) / 100);
      filledAt = now;
      expect(left).toBeGreaterThanOrEqual(1);
      left -= 1;
      const taken = meter.take(1, now);
      meter.heed({ units: Math.floor(left), resetMs: (60 - left) * 100 }, now, taken);
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
