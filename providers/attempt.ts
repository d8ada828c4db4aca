import { setMaxListeners } from 'node:events';
import { Agent, request } from 'undici';
import { readBounded } from './read-bounded.js';

/** One HTTP request as it is sent. */
export interface Sending {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** Headers of an answer by their name in lower case. */
export type AnswerHeaders = Pick<Headers, 'get'>;

/** What came back: an answer of any status, or the reason why there is none. */
export type Attempt =
  | { status: number; headers: AnswerHeaders; bytes: Uint8Array }
  | { fault: string; status?: undefined };

/** More than any answer holds: sixteen large pictures in base64. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;
const LATE = new Error('late');
/** How many connections there are is the clients' own limit, and so is how long an answer may take. */
const agent = new Agent({ connections: null, headersTimeout: 0, bodyTimeout: 0 });

/**
 * Sends one request and reads its answer whole; a fault is returned, never thrown, and repeats no part of the address.
 *
 * Not by `fetch`, which takes several times the processor time a call. Redirects are answers: a redirected POST would
 * become a GET, so the address in the recipe must be the right one.
 */
export async function attempt(sending: Sending): Promise<Attempt> {
  const { method, url, headers, body, timeoutMs, signal } = sending;
  const ended = new AbortController();
  const timer = setTimeout(() => {
    ended.abort(LATE);
  }, timeoutMs);
  const onAbort = (): void => {
    ended.abort();
  };
  // Many calls of one activity listen to its one signal.
  if (signal) setMaxListeners(0, signal);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await request(url, {
      method,
      headers,
      body: body ?? null,
      dispatcher: agent,
      signal: ended.signal,
    });
    const bytes = await readBounded(response.body, MAX_ANSWER_BYTES);
    if (!bytes) return { fault: `the answer is longer than ${MAX_ANSWER_BYTES} bytes` };
    return { status: response.statusCode, headers: headersOf(response.headers), bytes };
  } catch (error) {
    // The error's own text may repeat an address with credentials, so only its code is kept.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
    return {
      fault:
        ended.signal.reason === LATE
          ? `no answer within ${timeoutMs} ms`
          : `the connection failed (${code})`,
    };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function headersOf(headers: Record<string, string | string[] | undefined>): AnswerHeaders {
  return {
    get: (name) => {
      const value = headers[name];
      return (typeof value === 'object' ? value[0] : value) ?? null;
    },
  };
}
