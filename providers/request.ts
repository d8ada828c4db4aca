import type { Price } from '../recipe/sections/provider-endpoint.js';
import { attempt, type Sending } from './attempt.js';
import { createBreaker, type Admission } from './breaker.js';
import {
  describeFailure,
  ProviderRowError,
  ProviderUnavailableError,
  type ProviderFailure,
} from './errors.js';
import { createGate } from './gate.js';
import { judge, type Answered } from './outcome.js';
import { parseAnswer, type Reading } from './parse-answer.js';
import { createRateLimit, waitFor, type Passed } from './rate-limit.js';
import { readRateHeaders } from './rate-headers.js';
import { backoffMs } from './retry.js';
import { addAnswered, createUsage, type Consumed, type Usage } from './usage.js';

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
  price: Price;
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
  /** What the answer used; absent for a call that nobody charges, which is then not counted at all. */
  consumed?: (answer: Answer) => Consumed;
  signal?: AbortSignal;
}

/** Sends one call by the client's rules and returns the checked answer. */
export interface Requester {
  send<Answer>(call: Call<Answer>): Promise<Answer>;
  /** What every error of a call at this path says. */
  failureAt(path: string): ProviderFailure;
  /** The error for an answer of the right shape that makes no sense. */
  rowError(path: string, message: string): ProviderRowError;
  readonly usage: Usage;
}

/**
 * A sender of requests with limits of concurrency and rate, per-attempt timeout, retries by class of failure and a
 * circuit breaker.
 *
 * `send` @throws ProviderUnavailableError after the last attempt or when the server stays down, ProviderRefusedError,
 * ProviderRowError, or the signal's reason.
 */
export function createRequester(options: ClientOptions): Requester {
  const usage = createUsage();
  const gate = createGate(options.concurrency);
  const limit = createRateLimit(options);
  const base = options.url.replace(/\/+$/, '');
  const failureAt = (path: string): ProviderFailure => ({
    provider: options.provider,
    url: describeUrl(base, path),
  });
  let lastFault = '';
  let refusalsInARow = 0;
  let requestCount = 0;
  const breaker = createBreaker({
    ...options.breaker,
    giveUp: (downMs) => {
      const failure = failureAt('');
      const message = `${describeFailure(failure)} has not answered for ${Math.round(downMs / 1000)} s`;
      return new ProviderUnavailableError(`${message}; the last failure: ${lastFault}`, failure);
    },
  });

  /** Waits until a request may go, and says by which right. */
  async function admit<Answer>(
    call: Call<Answer>,
  ): Promise<{ admission: Admission; passed: Passed }> {
    for (;;) {
      const admission = await breaker.enter(call.signal);
      try {
        const passed = await limit.enter(call.estimatedTokens ?? 0, call.signal);
        call.signal?.throwIfAborted();
        if (admission.isValid()) return { admission, passed };
      } catch (error) {
        admission.end('unknown');
        throw error;
      }
      admission.end('unknown');
    }
  }

  async function tryOnce<Answer>(call: Call<Answer>, sending: Sending, failure: ProviderFailure) {
    await gate.enter(call.signal);
    try {
      const { admission, passed } = await admit(call);
      if (call.consumed) usage.attempts += 1;
      const result = await attempt(sending);
      const news = result.status === undefined ? {} : readRateHeaders(result.headers, Date.now());
      limit.heed(news, passed);
      const outcome = judge(result, { ...failure, apiKey: options.apiKey });
      const gone = call.signal?.aborted === true;
      admission.end(gone ? 'unknown' : outcome.kind === 'retry' ? 'failed' : 'answered');
      call.signal?.throwIfAborted();
      if (outcome.kind !== 'retry') refusalsInARow = 0;
      else {
        lastFault = outcome.error.message;
        refusalsInARow += 1;
        // One refusal is of one request; the second in a row, with no answer between, is of this client.
        if (news.waitMs !== undefined && refusalsInARow > 1) limit.pause(news.waitMs);
      }
      return { outcome, isProbe: admission.isProbe, waitMs: news.waitMs ?? 0 };
    } finally {
      gate.leave();
    }
  }

  function take<Answer>(call: Call<Answer>, answered: Answered, failure: ProviderFailure): Answer {
    let consumed: Consumed = {};
    try {
      const answer = parseAnswer(call, answered, { ...failure, apiKey: options.apiKey });
      consumed = call.consumed?.(answer) ?? {};
      const { promptTokens, completionTokens } = consumed;
      const used = (promptTokens ?? 0) + (completionTokens ?? 0);
      if (used > 0) limit.correctTokens(call.estimatedTokens ?? 0, used);
      return answer;
    } finally {
      if (call.consumed) addAnswered(usage, consumed, options.price);
    }
  }

  async function send<Answer>(call: Call<Answer>): Promise<Answer> {
    const requestIndex = requestCount;
    requestCount += 1;
    if (call.consumed) usage.requests += 1;
    const failure = failureAt(call.path);
    const sending = sendingOf(call, `${base}${call.path}`, options);
    try {
      for (let attempts = 1; ;) {
        const { outcome, isProbe, waitMs } = await tryOnce(call, sending, failure);
        if (outcome.kind === 'answered') return take(call, outcome, failure);
        // A probe tries the server, not the row.
        const isLast = !isProbe && attempts >= options.maxAttempts;
        if (outcome.kind !== 'retry' || isLast) throw outcome.error;
        await waitFor(
          Math.max(backoffMs(options.provider, requestIndex, attempts), waitMs),
          call.signal,
        );
        if (!isProbe) attempts += 1;
      }
    } catch (error) {
      if (call.consumed) usage.failures += 1;
      throw error;
    }
  }
  function rowError(path: string, message: string): ProviderRowError {
    usage.failures += 1;
    const failure = failureAt(path);
    return new ProviderRowError(`${describeFailure(failure)} answered ${message}.`, failure);
  }
  return { send, failureAt, rowError, usage };
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

function describeUrl(base: string, path: string): string {
  const parsed = new URL(base + path);
  return `${parsed.origin}${parsed.pathname}`;
}
