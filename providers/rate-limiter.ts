import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { RateHeaders, Remaining } from './rate-headers.js';
import { Semaphore } from './semaphore.js';

/** What had been taken of the limits when a request went, itself included. */
export interface Passed {
  requests: number;
  tokens: number;
}

/** Burst of the limit of requests: ten requests, or a tenth of a second's. */
const BURST_REQUESTS = 10;
const BURST_MS = 100;

/**
 * Lets callers through at no more than a client's limits, first come, first served: its own a minute, and what the
 * server's headers say is left of the server's.
 *
 * `share` is the part of the server's limits that is this client's, where several clients divide them.
 * A rate of Infinity lets every caller through until the server says otherwise.
 */
export class RateLimiter {
  readonly #requests: Limit;
  readonly #tokens: Limit;
  readonly #share: number;
  #pausedUntil = -Infinity;
  /** One caller waits for the limits at a time, the others for their turn. */
  readonly #turn = new Semaphore(1);

  constructor(limits: {
    requestsPerMinute: number;
    tokensPerMinute?: number | null;
    share?: number;
  }) {
    const gapMs = 60_000 / limits.requestsPerMinute;
    // The first of a burst pays its own gap.
    const burstMs = Math.max(0, Math.min(BURST_MS, gapMs * BURST_REQUESTS) - gapMs);
    this.#requests = new Limit({ unitMs: gapMs, burstMs });
    this.#tokens = new Limit({ unitMs: 60_000 / (limits.tokensPerMinute ?? Infinity), burstMs: 0 });
    this.#share = limits.share ?? 1;
  }

  /**
   * Resolves when a request of about so many tokens may go.
   *
   * @throws the signal's reason if it is aborted before.
   */
  async enter(estimatedTokens: number, signal?: AbortSignal): Promise<Passed> {
    const [requests, tokens] = [this.#requests, this.#tokens];
    await this.#turn.acquire(signal);
    try {
      for (;;) {
        const now = performance.now();
        const limitsReadyAt = Math.max(
          requests.readyAt(1, now),
          tokens.readyAt(estimatedTokens, now),
        );
        const waitMs = Math.max(this.#pausedUntil, limitsReadyAt) - now;
        if (waitMs < 1)
          return { requests: requests.take(1, now), tokens: tokens.take(estimatedTokens, now) };
        // What the server says meanwhile may move the time: a long wait looks again.
        await waitFor(Math.min(waitMs, 1000), signal);
      }
    } finally {
      this.#turn.release();
    }
  }

  /** Corrects the estimate that `enter` was given, once the answer says how many tokens it took. */
  correctTokens(estimated: number, actual: number): void {
    this.#tokens.add(actual - estimated, performance.now());
  }

  /** Takes into account what the answer to a request says is left of the server's limits. */
  adopt({ requests, tokens }: RateHeaders, passed: Passed): void {
    const now = performance.now();
    const own = (left: Remaining): Remaining => ({ ...left, units: left.units * this.#share });
    if (requests) this.#requests.adopt(own(requests), now, passed.requests);
    if (tokens) this.#tokens.adopt(own(tokens), now, passed.tokens);
  }

  /** Lets no caller through for so many milliseconds. */
  pause(milliseconds: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, performance.now() + milliseconds);
  }
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

/**
 * One limit of rate, in requests or in tokens: one unit each `unitMs` on average, and `burstMs` worth of them at once.
 *
 * A take that is larger than what is left makes a debt, which the next caller waits for. All times are milliseconds of
 * one clock.
 */
export class Limit {
  readonly #unitMs: number;
  readonly #burstMs: number;
  #freeAt = -Infinity;
  #taken = 0;
  #lastUnits = 0;
  /** The server's own limit: in force until `resetAt`. */
  readonly #server = { freeAt: -Infinity, resetAt: -Infinity, units: 0, unitMs: 0, newest: -1 };

  constructor({ unitMs, burstMs }: { unitMs: number; burstMs: number }) {
    this.#unitMs = unitMs;
    this.#burstMs = burstMs;
  }

  /** When `units` may go; a time that is past if they may go now. */
  readyAt(units: number, now: number): number {
    const own = this.#freeAt - this.#burstMs;
    const server = this.#server;
    if (now >= server.resetAt) return own;
    return Math.max(own, server.units < units ? server.resetAt : server.freeAt);
  }

  /** Takes units and returns the count of all that were ever taken. */
  take(units: number, now: number): number {
    const server = this.#server;
    this.add(units, now);
    this.#lastUnits = units;
    if (now < server.resetAt) {
      server.units -= units;
      server.freeAt = Math.max(server.freeAt, now) + units * server.unitMs;
    }
    return this.#taken;
  }

  /** Adds to what was taken, or gives back. */
  add(units: number, now: number): void {
    this.#freeAt = Math.max(this.#freeAt, now) + units * this.#unitMs;
    this.#taken += units;
  }

  /**
   * Spreads what a server says is left over the time until its limit is whole again.
   *
   * `takenThen` is what `take` returned for the request that was answered: what was taken since is not in the server's
   * count.
   */
  adopt({ units, resetMs }: Remaining, now: number, takenThen: number): void {
    const server = this.#server;
    // An answer that took long says what was left before newer answers did.
    if (takenThen < server.newest) return;
    server.newest = takenThen;
    server.resetAt = now + resetMs;
    server.units = units - (this.#taken - takenThen);
    // Meets both kinds of limit: the rest of a fixed window is spread over the rest of it, and a bucket that fills
    // steadily comes to rest half full.
    server.unitMs = resetMs / (Math.max(0, server.units) + 1);
    server.freeAt = Math.min(server.freeAt, now + this.#lastUnits * server.unitMs);
  }
}
