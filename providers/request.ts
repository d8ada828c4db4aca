import { keyOf, uniform } from '../text/random.js';
import { attempt, type Sending } from './attempt.js';
import { Breaker, type Admission } from './breaker.js';
import {
  describeFailure,
  ProviderRowError,
  ProviderUnavailableError,
  type ProviderFailure,
} from './errors.js';
import { Semaphore } from './semaphore.js';
import { type Answered, judge, parseAnswer, type Reading } from './outcome.js';
import { RateLimiter, waitFor, type Passed } from './rate-limiter.js';
import { readRateHeaders } from './rate-headers.js';

/** How to reach one server. */
export interface ClientOptions {
  /** Name for messages and jitter: `chat`, `captions`, `images`, `scores`. */
  provider: string;
  /** Base address; the protocol's path is added. */
  url: string;
  /** Model name sent with each request. */
  model: string;
  /** Sent as a bearer token; never logged. */
  apiKey?: string;
  /** The key is `user:password`, to be sent as basic credentials. */
  hasBasicKey?: boolean;
  /** One attempt, milliseconds. */
  timeoutMs: number;
  /** Requests in flight. */
  concurrency: number;
  /** Infinity is no limit. */
  requestsPerMinute: number;
  /** Null is no limit. */
  tokensPerMinute: number | null;
  /** The part of what the server's headers say is left that is this client's, above 0 and at most 1. */
  share: number;
  maxAttempts: number;
  breaker: { failures: number; openMs: number; giveUpMs: number };
  /** Sent with each request: what the simulator is to do, never a key. */
  headers?: Record<string, string>;
}

export interface Call<Answer> extends Reading<Answer> {
  method: 'GET' | 'POST';
  /** Added to the base address. */
  path: string;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  raw?: { bytes: Uint8Array; headers: Record<string, string> };
  /** Tokens the call will take, about. */
  estimatedTokens?: number;
  /** Tokens it took; absent, or 0 of an answer: the estimate stands. */
  tokensOf?: (answer: Answer) => number;
  signal?: AbortSignal;
}

/**
 * Sends calls to one server, each by the rules of its client:
 *
 *     send        repeats an attempt that may pass, after a wait, until `maxAttempts`
 *       semaphore     at most `concurrency` attempts at once
 *       breaker       waits while the server is down; one attempt at a time probes it
 *       rate limiter  waits for the client's rates and for what the server says is left
 *       attempt       one HTTP request: an answer of any status, or a fault
 *       judge         answered, worth another attempt, or final for the row or for every row
 *     parseAnswer checks an answer against the call's schema
 *
 * Waits come before an attempt in this order, so that a caller holds its place in the semaphore while it waits: a
 * server that is down gets no more than `concurrency` callers, and the rest stay in the order they came.
 */
export class Requester {
  readonly #options: ClientOptions;
  readonly #base: string;
  readonly #semaphore: Semaphore;
  readonly #limiter: RateLimiter;
  readonly #breaker: Breaker;
  #lastFault = '';
  #refusalsInARow = 0;
  #requestCount = 0;

  constructor(options: ClientOptions) {
    this.#options = options;
    this.#base = options.url.replace(/\/+$/, '');
    this.#semaphore = new Semaphore(options.concurrency);
    this.#limiter = new RateLimiter(options);
    this.#breaker = new Breaker({
      ...options.breaker,
      giveUp: (downMs) => {
        const failure = this.failureAt('');
        const message = `${describeFailure(failure)} has not answered for ${Math.round(downMs / 1000)} s`;
        return new ProviderUnavailableError(
          `${message}; the last failure: ${this.#lastFault}`,
          failure,
        );
      },
    });
  }

  /**
   * The checked answer to one call.
   *
   * @throws ProviderUnavailableError after the last attempt or when the server stays down, ProviderRefusedError,
   * ProviderRowError, or the signal's reason.
   */
  async send<Answer>(call: Call<Answer>): Promise<Answer> {
    const { provider, maxAttempts } = this.#options;
    const requestIndex = this.#requestCount;
    this.#requestCount += 1;
    const failure = this.failureAt(call.path);
    const sending = sendingOf(call, `${this.#base}${call.path}`, this.#options);
    for (let attempts = 1; ;) {
      const { outcome, isProbe, waitMs } = await this.#tryOnce(call, sending, failure);
      if (outcome.kind === 'answered') return this.#take(call, outcome, failure);
      // A probe tries the server, not the row.
      const isLast = !isProbe && attempts >= maxAttempts;
      if (outcome.kind !== 'retry' || isLast) throw outcome.error;
      const backoff = backoffMs(provider, requestIndex, attempts);
      await waitFor(Math.max(backoff, waitMs), call.signal);
      if (!isProbe) attempts += 1;
    }
  }

  /** What every error of a call at this path says. */
  failureAt(path: string): ProviderFailure {
    const { origin, pathname } = new URL(this.#base + path);
    return { provider: this.#options.provider, url: `${origin}${pathname}` };
  }

  /** The error for an answer of the right shape that makes no sense. */
  rowError(path: string, message: string): ProviderRowError {
    const failure = this.failureAt(path);
    return new ProviderRowError(`${describeFailure(failure)} answered ${message}.`, failure);
  }

  async #tryOnce<Answer>(call: Call<Answer>, sending: Sending, failure: ProviderFailure) {
    await this.#semaphore.acquire(call.signal);
    try {
      const { admission, passed } = await this.#admit(call);
      const result = await attempt(sending);
      const rates = result.status === undefined ? {} : readRateHeaders(result.headers, Date.now());
      this.#limiter.adopt(rates, passed);
      const outcome = judge(result, { ...failure, apiKey: this.#options.apiKey });
      const gone = call.signal?.aborted === true;
      admission.end(gone ? 'unknown' : outcome.kind === 'retry' ? 'failed' : 'answered');
      call.signal?.throwIfAborted();
      if (outcome.kind !== 'retry') this.#refusalsInARow = 0;
      else {
        this.#lastFault = outcome.error.message;
        this.#refusalsInARow += 1;
        // One refusal is of one request; the second in a row, with no answer between, is of this client.
        if (rates.waitMs !== undefined && this.#refusalsInARow > 1)
          this.#limiter.pause(rates.waitMs);
      }
      return { outcome, isProbe: admission.isProbe, waitMs: rates.waitMs ?? 0 };
    } finally {
      this.#semaphore.release();
    }
  }

  /** Waits for the breaker and the rate limiter; again if the breaker opened while the limiter was waited for. */
  async #admit<Answer>(call: Call<Answer>): Promise<{ admission: Admission; passed: Passed }> {
    for (;;) {
      const admission = await this.#breaker.enter(call.signal);
      try {
        const passed = await this.#limiter.enter(call.estimatedTokens ?? 0, call.signal);
        call.signal?.throwIfAborted();
        if (admission.isValid()) return { admission, passed };
      } catch (error) {
        admission.end('unknown');
        throw error;
      }
      admission.end('unknown');
    }
  }

  #take<Answer>(call: Call<Answer>, answered: Answered, failure: ProviderFailure): Answer {
    const answer = parseAnswer(call, answered, { ...failure, apiKey: this.#options.apiKey });
    const used = call.tokensOf?.(answer) ?? 0;
    if (used > 0) this.#limiter.correctTokens(call.estimatedTokens ?? 0, used);
    return answer;
  }
}

/** Longest wait before another attempt, milliseconds. */
const MAX_BACKOFF_MS = 60_000;
const FIRST_BACKOFF_MS = 100;

/**
 * Milliseconds to wait after failed attempt `attempts` (from 1): doubling from 100, times .5 to 1 of jitter.
 *
 * The jitter is a pure function of (name, requestIndex, attempts), so that a run can be repeated.
 */
export function backoffMs(name: string, requestIndex: number, attempts: number): number {
  const full = Math.min(MAX_BACKOFF_MS, FIRST_BACKOFF_MS * 2 ** (attempts - 1));
  return full * (0.5 + 0.5 * uniform(keyOf(name), requestIndex, attempts));
}

function sendingOf<Answer>(call: Call<Answer>, url: string, options: ClientOptions): Sending {
  const { method, raw, signal } = call;
  const body = raw ? raw.bytes : call.body === undefined ? undefined : JSON.stringify(call.body);
  return {
    method,
    url,
    timeoutMs: options.timeoutMs,
    headers: {
      accept: raw ? '*/*' : 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...raw?.headers,
      ...options.headers,
      ...(options.apiKey ? { authorization: credentials(options.apiKey, options) } : {}),
    },
    ...(body === undefined ? {} : { body }),
    ...(signal ? { signal } : {}),
  };
}

function credentials(apiKey: string, { hasBasicKey }: ClientOptions): string {
  return hasBasicKey ? `Basic ${Buffer.from(apiKey).toString('base64')}` : `Bearer ${apiKey}`;
}
