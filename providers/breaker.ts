import { waitFor } from './rate-limiter.js';

/** An attempt that a breaker let through. */
export interface Admission {
  /** True for the one request that tests whether the server is back. */
  isProbe: boolean;
  /** False once the breaker has opened since. */
  isValid(): boolean;
  /** Reports how the attempt ended; `unknown` if it was given up before the server could answer. To be called once. */
  end(outcome: 'answered' | 'failed' | 'unknown'): void;
}

/** Circuit breaker: sends no requests to a server that is down, and lets its callers wait. */
export interface Breaker {
  /**
   * Resolves when an attempt may be made.
   *
   * @throws what `giveUp` makes once no attempt has been answered for too long, or the signal's reason.
   */
  enter(signal?: AbortSignal): Promise<Admission>;
}

export interface BreakerOptions {
  /** Attempts failed in a row that open it. */
  failures: number;
  /** How long it stays open before a probe. */
  openMs: number;
  /** How long callers wait for a server that does not come back, from its opening. */
  giveUpMs: number;
  /** The error of a caller that waited in vain, from the milliseconds that the server has been down. */
  giveUp: (downMs: number) => Error;
  /** Default: the real time. */
  clock?: Clock;
}

interface Clock {
  /** Milliseconds. */
  now(): number;
  wait(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

/** How often waiting callers check whether a probe has ended. */
const LOOK_MS = 50;

/** A closed breaker. */
export function createBreaker(options: BreakerOptions): Breaker {
  const clock = options.clock ?? { now: () => performance.now(), wait: waitFor };
  let failuresInARow = 0;
  let openedAt: number | undefined;
  let probeAt = 0;
  let isProbing = false;
  let openings = 0;

  function admit(isProbe: boolean): Admission {
    const opening = openings;
    return {
      isProbe,
      isValid: () => isProbe || opening === openings,
      end: (outcome) => {
        if (isProbe) isProbing = false;
        if (outcome === 'answered') {
          failuresInARow = 0;
          openedAt = undefined;
        } else if (outcome === 'failed') {
          failuresInARow += 1;
          if (isProbe) probeAt = clock.now() + options.openMs;
          else if (openedAt === undefined && failuresInARow >= options.failures) open();
        }
      },
    };
  }

  function open(): void {
    openedAt = clock.now();
    probeAt = openedAt + options.openMs;
    openings += 1;
  }

  return {
    enter: async (signal) => {
      while (openedAt !== undefined) {
        const now = clock.now();
        if (!isProbing && now >= probeAt) {
          isProbing = true;
          return admit(true);
        }
        const giveUpAt = openedAt + options.giveUpMs;
        if (now >= giveUpAt) throw options.giveUp(now - openedAt);
        const until = isProbing ? now + LOOK_MS : probeAt;
        await clock.wait(Math.max(1, Math.min(until, giveUpAt) - now), signal);
      }
      return admit(false);
    },
  };
}
