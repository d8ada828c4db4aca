import { setMaxListeners } from 'node:events';
import type { z } from 'zod';
import {
  ProviderRefusedError,
  ProviderRowError,
  ProviderUnavailableError,
  type ProviderFailure,
} from './errors.js';
import { createRateLimit, waitFor } from './rate-limit.js';
import { backoffMs, classifyStatus, retryAfterMs } from './retry.js';
import { createUsage, type Usage } from './usage.js';

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
  /** One attempt, milliseconds. */
  timeoutMs: number;
  /** Rate limit of this client; Infinity is none. */
  requestsPerSecond: number;
  maxAttempts: number;
}

export interface Call<Answer> {
  method: 'GET' | 'POST';
  /** Added to the base address. */
  path: string;
  body?: unknown;
  answer: z.ZodType<Answer>;
  signal?: AbortSignal;
}

/** Sends one call by the client's rules and returns the checked answer. */
export interface Requester {
  send<Answer>(call: Call<Answer>): Promise<Answer>;
  /** The error for an answer of the right shape that makes no sense. */
  rowError(path: string, message: string): ProviderRowError;
  readonly usage: Usage;
}

type Attempt = { text: string } | { error: Error; retry: boolean; waitMs?: number | undefined };

/**
 * A sender of JSON requests with rate limit, per-attempt timeout and retries by class of failure.
 *
 * `send` @throws ProviderUnavailableError after the last attempt, ProviderRefusedError, ProviderRowError, or the
 * signal's reason.
 */
export function createRequester(options: ClientOptions): Requester {
  const usage = createUsage();
  const rateLimit = createRateLimit(options.requestsPerSecond);
  const base = options.url.replace(/\/+$/, '');

  async function send<Answer>(call: Call<Answer>): Promise<Answer> {
    const requestIndex = usage.requests;
    usage.requests += 1;
    const where = describeUrl(base, call.path);
    const failure: ProviderFailure = { provider: options.provider, url: where };
    const body = call.body === undefined ? undefined : JSON.stringify(call.body);
    try {
      for (let attempt = 1; ; attempt += 1) {
        await rateLimit.enter(call.signal);
        call.signal?.throwIfAborted();
        usage.attempts += 1;
        const result = await tryOnce(options, `${base}${call.path}`, { ...call, body, failure });
        if ('text' in result) return parseAnswer(result.text, call.answer, failure);
        call.signal?.throwIfAborted();
        if (!result.retry || attempt >= options.maxAttempts) throw result.error;
        const backoff = backoffMs(options.provider, requestIndex, attempt);
        await waitFor(Math.max(backoff, result.waitMs ?? 0), call.signal);
      }
    } catch (error) {
      usage.failures += 1;
      throw error;
    }
  }
  function rowError(path: string, message: string): ProviderRowError {
    usage.failures += 1;
    const failure = { provider: options.provider, url: describeUrl(base, path) };
    return new ProviderRowError(`${describe(failure)} answered ${message}.`, failure);
  }
  return { send, rowError, usage };
}

interface Sending {
  method: 'GET' | 'POST';
  body: string | undefined;
  signal?: AbortSignal;
  failure: ProviderFailure;
}

/** The abort reason of an attempt that took too long. */
const TIMED_OUT = new Error('timed out');

async function tryOnce(options: ClientOptions, url: string, sending: Sending): Promise<Attempt> {
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(TIMED_OUT);
  }, options.timeoutMs);
  const onAbort = (): void => {
    controller.abort();
  };
  // Many calls of one activity listen to its one signal.
  if (sending.signal) setMaxListeners(0, sending.signal);
  sending.signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await fetch(url, {
      method: sending.method,
      headers: {
        accept: 'application/json',
        ...(sending.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(options.apiKey ? { authorization: `Bearer ${options.apiKey}` } : {}),
      },
      body: sending.body ?? null,
      signal: controller.signal,
    });
    const text = await response.text();
    return response.ok ? { text } : refuse(options, response, { text, failure: sending.failure });
  } catch (error) {
    const what =
      error === TIMED_OUT ? `no answer within ${options.timeoutMs} ms` : connectionFault(error);
    const message = `${describe(sending.failure)}: ${what}; check that the server runs and is not overloaded.`;
    // The cause's own text may repeat an address with credentials, so only its code is kept.
    return { error: new ProviderUnavailableError(message, sending.failure), retry: true };
  } finally {
    clearTimeout(timer);
    sending.signal?.removeEventListener('abort', onAbort);
  }
}

function refuse(
  options: ClientOptions,
  response: Response,
  seen: { text: string; failure: ProviderFailure },
): Attempt {
  const failure = { ...seen.failure, status: response.status };
  const excerpt = withoutKey(seen.text, options.apiKey).slice(0, 200);
  const message = `${describe(failure)} answered ${response.status}: ${excerpt || '(empty)'}`;
  switch (classifyStatus(response.status)) {
    case 'retry':
      return {
        error: new ProviderUnavailableError(message, failure),
        retry: true,
        waitMs: retryAfterMs(response.headers.get('retry-after'), Date.now()),
      };
    case 'row':
      return { error: new ProviderRowError(message, failure), retry: false };
    case 'refused':
      return {
        error: new ProviderRefusedError(
          `${message}; check the address, the model name and the API key.`,
          failure,
        ),
        retry: false,
      };
  }
}

function parseAnswer<Answer>(
  text: string,
  schema: z.ZodType<Answer>,
  failure: ProviderFailure,
): Answer {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new ProviderRowError(
      `${describe(failure)} answered something that is not JSON (${text.length} characters).`,
      failure,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const place = issue && issue.path.length > 0 ? issue.path.join('.') : 'the whole answer';
  throw new ProviderRowError(
    `${describe(failure)} answered JSON of another shape at ${place}: ${issue?.message ?? 'unknown'}.`,
    failure,
  );
}

function describe(failure: ProviderFailure): string {
  return `provider ${failure.provider} at ${failure.url}`;
}

function describeUrl(base: string, path: string): string {
  const parsed = new URL(base + path);
  return `${parsed.origin}${parsed.pathname}`;
}

function connectionFault(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown fault';
  return `the connection failed (${code})`;
}

function withoutKey(text: string, apiKey: string | undefined): string {
  return apiKey ? text.replaceAll(apiKey, '***') : text;
}
