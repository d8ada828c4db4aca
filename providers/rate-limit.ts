import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

/** Lets callers through at no more than a rate, first come, first served. */
export interface RateLimit {
  /** Resolves when the caller may go. @throws the signal's reason if aborted while waiting. */
  enter(signal?: AbortSignal): Promise<void>;
}

/**
 * A rate limit that allows bursts of ten (or a tenth of a second) and never more than `requestsPerSecond` on average.
 *
 * `Infinity` lets everyone through.
 */
export function createRateLimit(requestsPerSecond: number): RateLimit {
  const gapMs = 1000 / requestsPerSecond;
  // At least one gap, or the first caller of a slow client would wait.
  const burstMs = Math.max(gapMs, Math.min(100, gapMs * 10));
  let freeAt = -Infinity;
  return {
    async enter(signal) {
      const now = performance.now();
      freeAt = Math.max(freeAt, now - burstMs) + gapMs;
      const waitMs = freeAt - now;
      if (waitMs >= 1) await waitFor(waitMs, signal);
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
