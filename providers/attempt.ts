import { setMaxListeners } from 'node:events';
import { readBounded } from './read-bounded.js';

/** One HTTP request as it is sent. */
export interface Sending {
  method: 'GET' | 'POST';
  url: string;
  headers: Record<string, string>;
  body?: string | Uint8Array<ArrayBuffer>;
  timeoutMs: number;
  signal?: AbortSignal;
}

/** What came back: an answer of any status, or the reason why there is none. */
export type Attempt =
  { status: number; headers: Headers; bytes: Uint8Array } | { fault: string; status?: undefined };

/** More than any answer holds: sixteen large pictures in base64. */
const MAX_ANSWER_BYTES = 256 * 2 ** 20;
/** The abort reason of an attempt that took too long. */
const TIMED_OUT = new Error('timed out');

/** Sends one request and reads its answer whole; a fault is returned, never thrown, and repeats no part of the address. */
export async function attempt(sending: Sending): Promise<Attempt> {
  const { method, url, headers, body, timeoutMs, signal } = sending;
  const controller = new AbortController();
  const timer = setTimeout(() => {
    controller.abort(TIMED_OUT);
  }, timeoutMs);
  const onAbort = (): void => {
    controller.abort();
  };
  // Many calls of one activity listen to its one signal.
  if (signal) setMaxListeners(0, signal);
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    // A redirected POST would become a GET: the address in the recipe must be the right one.
    const response = await fetch(url, {
      method,
      headers,
      body: body ?? null,
      redirect: 'manual',
      signal: controller.signal,
    });
    const bytes = await readBounded(response.body, MAX_ANSWER_BYTES);
    if (!bytes) return { fault: `the answer is longer than ${MAX_ANSWER_BYTES} bytes` };
    return { status: response.status, headers: response.headers, bytes };
  } catch (error) {
    return {
      fault: error === TIMED_OUT ? `no answer within ${timeoutMs} ms` : connectionFault(error),
    };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', onAbort);
  }
}

/** The cause's own text may repeat an address with credentials, so only its code is kept. */
function connectionFault(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown fault';
  return `the connection failed (${code})`;
}
