import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createSemaphore } from './semaphore.js';
import type { RateHeaders, Remaining } from './rate-headers.js';

/** What had been taken of the limits when a request went, itself included. */
export interface Passed {
  requests: number;
  tokens: number;
}

/** Lets callers through at no more than a client's limits, first come, first served. */
export interface RateLimiter {
  /**
   * Resolves when a request of about so many tokens may go.
   *
   * @throws the signal's reason if it is aborted before.
   */
  enter(estimatedTokens: number, signal?: AbortSignal): Promise<Passed>;
  /** Corrects the estimate that `enter` was given, once the answer says how many tokens it took. */
  correctTokens(estimated: number, actual: number): void;
  /** Takes into account what the answer to a request says is left of the server's limits. */
  adopt(found: RateHeaders, passed: Passed): void;
  /** Lets no caller through for so many milliseconds. */
  pause(milliseconds: number): void;
}

/** Burst of the limit of requests: ten requests, or a tenth of a second's. */
const BURST_REQUESTS = 10;
const BURST_MS = 100;

/**
 * The limits of one client: its own a minute, and what the server's headers say is left of the server's.
 *
 * `share` is the part of the server's limits that is this client's, where several clients divide them.
 * A rate of Infinity lets every caller through until the server says otherwise.
 */
export function createRateLimiter(limits: {
  requestsPerMinute: number;
  tokensPerMinute?: number | null;
  share?: number;
}): RateLimiter {
  const gapMs = 60_000 / limits.requestsPerMinute;
  // The first of a burst pays its own gap.
  const burstMs = Math.max(0, Math.min(BURST_MS, gapMs * BURST_REQUESTS) - gapMs);
  const requests = createLimit({ unitMs: gapMs, burstMs });
  const tokens = createLimit({ unitMs: 60_000 / (limits.tokensPerMinute ?? Infinity), burstMs: 0 });
  const share = limits.share ?? 1;
  let pausedUntil = -Infinity;
  // One caller waits for the limits at a time, the others for their turn.
  const turn = createSemaphore(1);

  async function pass(count: number, signal?: AbortSignal): Promise<Passed> {
    for (;;) {
      const now = performance.now();
      const readyAt = Math.max(pausedUntil, requests.readyAt(1, now), tokens.readyAt(count, now));
      if (readyAt - now < 1)
        return { requests: requests.take(1, now), tokens: tokens.take(count, now) };
      // What the server says meanwhile may move the time: a long wait looks again.
      await waitFor(Math.min(readyAt - now, 1000), signal);
    }
  }

  return {
    enter: async (count, signal) => {
      await turn.acquire(signal);
      try {
        return await pass(count, signal);
      } finally {
        turn.release();
      }
    },
    correctTokens: (estimated, actual) => {
      tokens.add(actual - estimated, performance.now());
    },
    adopt: ({ requests: left, tokens: leftTokens }, passed) => {
      const now = performance.now();
      if (left) requests.adopt({ ...left, units: left.units * share }, now, passed.requests);
      if (leftTokens) {
        tokens.adopt({ ...leftTokens, units: leftTokens.units * share }, now, passed.tokens);
      }
    },
    pause: (milliseconds) => {
      pausedUntil = Math.max(pausedUntil, performance.now() + milliseconds);
    },
  };
}

/**
 * Resolves after some milliseconds.
 *
 * @throws the signal's reason if it is aborted before.
 */
export async function waitFor(milliseconds: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  // Many calls of one activity wait on its one signal.
  if (signal) setMaxListeners(0, signal);
  try {
    await sleep(milliseconds, undefined, signal ? { signal } : {});
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  }
}

/** One limit of rate, in requests or in tokens. All times are milliseconds of one clock. */
export interface Limit {
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
  adopt(left: Remaining, now: number, takenThen: number): void;
}

/**
 * A limit that lets one unit through each `unitMs` on average, and `burstMs` worth of them at once.
 *
 * A take that is larger than what is left makes a debt, which the next caller waits for.
 */
export function createLimit({ unitMs, burstMs }: { unitMs: number; burstMs: number }): Limit {
  let freeAt = -Infinity;
  let taken = 0;
  /** The server's own limit: in force until `resetAt`. */
  const server = { freeAt: -Infinity, resetAt: -Infinity, units: 0, unitMs: 0, newest: -1 };
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
    adopt: ({ units, resetMs }, now, takenThen) => {
      // An answer that took long says what was left before newer answers did.
      if (takenThen < server.newest) return;
      server.newest = takenThen;
      server.resetAt = now + resetMs;
      server.units = units - (taken - takenThen);
      // Meets both kinds of limit: the rest of a fixed window is spread over the rest of it, and a bucket that fills
      // steadily comes to rest half full.
      server.unitMs = resetMs / (Math.max(0, server.units) + 1);
      server.freeAt = Math.min(server.freeAt, now + lastUnits * server.unitMs);
    },
  };
}
