import { keyOf, uniform } from '../text/random.js';

/** What a failed attempt means: worth another one, final for this row, or final for every row. */
export type FailureClass = 'retry' | 'row' | 'refused';

/** Longest wait before another attempt, whatever Retry-After says. */
const MAX_WAIT_MS = 60_000;
const FIRST_WAIT_MS = 100;

/**
 * The class of an HTTP status that is not a success.
 *
 * 408, 425, 429 and 5xx pass with time; 400, 413, 414 and 422 are about the row's content; the rest about the client.
 */
export function classifyStatus(status: number): FailureClass {
  if (status === 408 || status === 425 || status === 429 || status >= 500) return 'retry';
  if (status === 400 || status === 413 || status === 414 || status === 422) return 'row';
  return 'refused';
}

/**
 * Milliseconds to wait after failed attempt `attempt` (from 1): doubling from 100, times .5 to 1 of jitter.
 *
 * The jitter is a pure function of (name, requestIndex, attempt), so that a run can be repeated.
 */
export function backoffMs(name: string, requestIndex: number, attempt: number): number {
  const full = Math.min(MAX_WAIT_MS, FIRST_WAIT_MS * 2 ** (attempt - 1));
  return full * (0.5 + 0.5 * uniform(keyOf(name), requestIndex, attempt));
}

/** Milliseconds a Retry-After header asks for (seconds or an HTTP date), at most a minute; undefined if unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs;
  if (Number.isNaN(wait)) return undefined;
  return Math.min(MAX_WAIT_MS, Math.max(0, wait));
}
