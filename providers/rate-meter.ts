import type { Remaining } from './rate-headers.js';

/** Keeps one limit, in requests or in tokens. All times are milliseconds of one clock. */
export interface Meter {
  /** When `units` may go; a time that is past if they may go now. */
  readyAt(units: number, now: number): number;
  /** Takes units and returns the count of all that were ever taken. */
  take(units: number, now: number): number;
  /** Adds to what was taken, or gives back. */
  add(units: number, now: number): void;
  /**
   * Spreads what a server says is left over the time until its limit is whole again. `takenThen` is what `take` returned
   * for the request that was answered: what was taken since is not in the server's count.
   */
  heed(left: Remaining, now: number, takenThen: number): void;
}

/**
 * A meter that lets one unit through each `unitMs` on average, and `burstMs` worth of them at once.
 *
 * A take that is larger than what is left makes a debt: whoever comes next waits for it.
 */
export function createMeter({ unitMs, burstMs }: { unitMs: number; burstMs: number }): Meter {
  let freeAt = -Infinity;
  let taken = 0;
  /** The server's own limit: in force until `resetAt`. */
  const server = { freeAt: -Infinity, resetAt: -Infinity, units: 0, unitMs: 0, heard: -1 };
  let lastUnits = 0;
  return {
    readyAt: (units, now) => {
      const own = freeAt - burstMs;
      if (now >= server.resetAt) return own;
      return Math.max(own, server.units < units ? server.resetAt : server.freeAt);
    },
    take: (units, now) => {
      freeAt = Math.max(freeAt, now) + units * unitMs;
      taken += units;
      lastUnits = units;
      if (now < server.resetAt) {
        server.units -= units;
        server.freeAt = Math.max(server.freeAt, now) + units * server.unitMs;
      }
      return taken;
    },
    add: (units, now) => {
      freeAt = Math.max(freeAt, now) + units * unitMs;
      taken += units;
    },
    heed: ({ units, resetMs }, now, takenThen) => {
      // An answer that took long tells old news.
      if (takenThen < server.heard) return;
      server.heard = takenThen;
      server.resetAt = now + resetMs;
      server.units = units - (taken - takenThen);
      // Meets both kinds of limit: the rest of a fixed window is spread over the rest of it, and a bucket that fills
      // steadily comes to rest half full.
      server.unitMs = resetMs / (Math.max(0, server.units) + 1);
      server.freeAt = Math.min(server.freeAt, now + lastUnits * server.unitMs);
    },
  };
}
