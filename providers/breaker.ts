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

export interface BreakerOptions {
  /** Attempts failed in a row that open it. */
  failures: number;
  /** How long it stays open before a probe. */
  openMs: number;
  /** How long callers wait for a server that does not come back, from its opening. */
  giveUpMs: number;
  /** The error of a caller that waited in vain, from the milliseconds that the server has been down. */
  giveUp: (downMs: number) => Error;
  /** Default: the real time, in milliseconds. */
  clock?: { now(): number; wait(milliseconds: number, signal?: AbortSignal): Promise<void> };
}

/** How often waiting callers check whether a probe has ended. */
const LOOK_MS = 50;

/** Circuit breaker: sends no requests to a server that is down, and lets its callers wait. */
export class Breaker {
  readonly #options: Required<BreakerOptions>;
  #failuresInARow = 0;
  #openedAt: number | undefined;
  #probeAt = 0;
  #isProbing = false;
  #openings = 0;

  constructor(options: BreakerOptions) {
    const realTime = { now: () => performance.now(), wait: waitFor };
    this.#options = { clock: realTime, ...options };
  }

  /**
   * Resolves when an attempt may be made.
   *
   * @throws what `giveUp` makes once no attempt has been answered for too long, or the signal's reason.
   */
  async enter(signal?: AbortSignal): Promise<Admission> {
    const { clock, giveUpMs, giveUp } = this.#options;
    while (this.#openedAt !== undefined) {
      const now = clock.now();
      if (!this.#isProbing && now >= this.#probeAt) {
        this.#isProbing = true;
        return this.#admit(true);
      }
      const giveUpAt = this.#openedAt + giveUpMs;
      if (now >= giveUpAt) throw giveUp(now - this.#openedAt);
      const until = this.#isProbing ? now + LOOK_MS : this.#probeAt;
      await clock.wait(Math.max(1, Math.min(until, giveUpAt) - now), signal);
    }
    return this.#admit(false);
  }

  #admit(isProbe: boolean): Admission {
    const opening = this.#openings;
    const { clock, openMs, failures } = this.#options;
    return {
      isProbe,
      isValid: () => isProbe || opening === this.#openings,
      end: (outcome) => {
        if (isProbe) this.#isProbing = false;
        if (outcome === 'answered') {
          this.#failuresInARow = 0;
          this.#openedAt = undefined;
        } else if (outcome === 'failed') {
          this.#failuresInARow += 1;
          if (isProbe) this.#probeAt = clock.now() + openMs;
          else if (this.#openedAt === undefined && this.#failuresInARow >= failures) this.#open();
        }
      },
    };
  }

  #open(): void {
    const { clock, openMs } = this.#options;
    this.#openedAt = clock.now();
    this.#probeAt = this.#openedAt + openMs;
    this.#openings += 1;
  }
}
