import { setMaxListeners } from 'node:events';
import { Agent as HttpAgent, request as requestHttp, type IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';
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
/** How many connections there are is the clients' own limit. */
const httpAgent = new HttpAgent({ keepAlive: true });
const httpsAgent = new HttpsAgent({ keepAlive: true });

/**
 * Sends one request and reads its answer whole; a fault is returned, never thrown, and repeats no part of the address.
 *
 * Not by `fetch`, which takes four times the processor time a call. Redirects are answers: a redirected POST would become
 * a GET, so the address in the recipe must be the right one.
 */
export async function attempt(sending: Sending): Promise<Attempt> {
  const { method, headers, body, timeoutMs, signal } = sending;
  const url = new URL(sending.url);
  const isHttps = url.protocol === 'https:';
  const request = (isHttps ? requestHttps : requestHttp)(url, {
    method,
    headers,
    agent: isHttps ? httpsAgent : httpAgent,
  });
  const late = new AbortController();
  const timer = setTimeout(() => {
    late.abort();
    request.destroy();
  }, timeoutMs);
  const onAbort = (): void => void request.destroy();
  // Many calls of one activity listen to its one signal.
  if (signal) setMaxListeners(0, signal);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      request.once('response', resolve);
      // Stays on: a late error must not end the process.
      request.on('error', reject);
      request.end(body);
    });
    const bytes = await readBounded(response, MAX_ANSWER_BYTES);
    if (!bytes) return { fault: `the answer is longer than ${MAX_ANSWER_BYTES} bytes` };
    return { status: response.statusCode ?? 0, headers: headersOf(response), bytes };
  } catch (error) {
    // The error's own text may repeat an address with credentials, so only its code is kept.
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown fault';
    const fault = late.signal.aborted
      ? `no answer within ${timeoutMs} ms`
      : `the connection failed (${code})`;
    return { fault };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

function headersOf(response: IncomingMessage): AnswerHeaders {
  return {
    get: (name) => {
      const value = response.headers[name];
      return (typeof value === 'object' ? value[0] : value) ?? null;
    },
  };
}
