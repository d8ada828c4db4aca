import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { createGate } from './gate.js';
import type { RateNews } from './rate-headers.js';
import { createMeter } from './rate-meter.js';

/** What had been taken of the limits when a request went, itself included. */
export interface Passed {
  requests: number;
  tokens: number;
}

/** Lets callers through at no more than a client's limits, first come, first served. */
export interface RateLimit {
  /** Resolves when a request of about so many tokens may go. @throws the signal's reason if aborted while waiting. */
  enter(estimatedTokens: number, signal?: AbortSignal): Promise<Passed>;
  /** Puts right what `enter` was told, once the answer says how many tokens it took. */
  correctTokens(estimated: number, actual: number): void;
  /** Takes in what the answer to a request says is left of the server's limits. */
  heed(news: RateNews, passed: Passed): void;
  /** Nobody goes for so many milliseconds. */
  pause(milliseconds: number): void;
}

/** Burst of the limit of requests: ten, or a tenth of a second. */
const BURST_REQUESTS = 10;
const BURST_MS = 100;

/**
 * The limits of one client: its own a minute, and what the server's headers say is left of the server's.
 *
 * `share` is the part of the server's limits that is this client's, where several clients divide them.
 * Infinity lets everyone through until the server says otherwise.
 */
export function createRateLimit(limits: {
  requestsPerMinute: number;
  tokensPerMinute?: number | null;
  share?: number;
}): RateLimit {
  const gapMs = 60_000 / limits.requestsPerMinute;
  // The first of a burst pays its own gap.
  const burstMs = Math.max(0, Math.min(BURST_MS, gapMs * BURST_REQUESTS) - gapMs);
  const requests = createMeter({ unitMs: gapMs, burstMs });
  const tokens = createMeter({ unitMs: 60_000 / (limits.tokensPerMinute ?? Infinity), burstMs: 0 });
  const share = limits.share ?? 1;
  let pausedUntil = -Infinity;
  // One waits for the limits at a time, the others for their turn.
  const turn = createGate(1);

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
      await turn.enter(signal);
      try {
        return await pass(count, signal);
      } finally {
        turn.leave();
      }
    },
    correctTokens: (estimated, actual) => {
      tokens.add(actual - estimated, performance.now());
    },
    heed: ({ requests: left, tokens: leftTokens }, passed) => {
      const now = performance.now();
      if (left) requests.heed({ ...left, units: left.units * share }, now, passed.requests);
      if (leftTokens) {
        tokens.heed({ ...leftTokens, units: leftTokens.units * share }, now, passed.tokens);
      }
    },
    pause: (milliseconds) => {
      pausedUntil = Math.max(pausedUntil, performance.now() + milliseconds);
    },
  };
}

/** Resolves after some milliseconds. @throws the signal's reason if it is aborted before. */
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
