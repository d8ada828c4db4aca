import type { AnswerHeaders } from './attempt.js';

/** What a server says is left of one of its limits. */
export interface Remaining {
  units: number;
  /** Until the limit is whole again, milliseconds. */
  resetMs: number;
}

export interface RateHeaders {
  requests?: Remaining;
  tokens?: Remaining;
  /** How long the server asks to be left alone, milliseconds. */
  waitMs?: number;
}

/** Longest wait a header may impose, milliseconds: a server that asks for more is asked again after this. */
const MAX_WAIT_MS = 60_000;

/**
 * What the headers of an answer say about rate limits; what is absent or unreadable is left out.
 *
 * `retry-after-ms`, `retry-after`, and `x-ratelimit-remaining-*` with `x-ratelimit-reset-*` for requests and tokens, as
 * OpenAI-compatible servers send them.
 */
export function readRateHeaders(headers: AnswerHeaders, nowMs: number): RateHeaders {
  const requests = readRemaining(headers, 'requests', nowMs);
  const tokens = readRemaining(headers, 'tokens', nowMs);
  const inMs = retryAfterMs(milliseconds(headers.get('retry-after-ms')), nowMs);
  const waitMs = inMs ?? retryAfterMs(headers.get('retry-after'), nowMs);
  return {
    ...(requests ? { requests } : {}),
    ...(tokens ? { tokens } : {}),
    ...(waitMs === undefined ? {} : { waitMs }),
  };
}

/** Milliseconds a Retry-After header asks for (seconds or an HTTP date), at most a minute; undefined if unreadable. */
export function retryAfterMs(header: string | null, nowMs: number): number | undefined {
  if (header === null || header.trim() === '') return undefined;
  const seconds = Number(header);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(header) - nowMs;
  if (Number.isNaN(wait)) return undefined;
  return Math.min(MAX_WAIT_MS, Math.max(0, wait));
}

function readRemaining(
  headers: AnswerHeaders,
  what: 'requests' | 'tokens',
  nowMs: number,
): Remaining | undefined {
  const left = headers.get(`x-ratelimit-remaining-${what}`);
  const reset = headers.get(`x-ratelimit-reset-${what}`);
  if (left === null || reset === null || left.trim() === '') return undefined;
  const units = Number(left);
  const resetMs = durationMs(reset, nowMs);
  // Some servers say -1 where they keep no count.
  if (!(units >= 0) || resetMs === undefined) return undefined;
  return { units, resetMs: Math.min(MAX_WAIT_MS, Math.max(0, resetMs)) };
}

const UNIT_MS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of `6m0s`, `12ms`, plain seconds, seconds since 1970, or a date. */
function durationMs(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  if (/^(\d+(\.\d+)?(ms|[smhd]))+$/.test(trimmed)) {
    const parts = trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|[smhd])/g);
    return [...parts].reduce((sum, [, n, unit]) => sum + Number(n) * (UNIT_MS[unit ?? ''] ?? 0), 0);
  }
  const seconds = Number(trimmed);
  if (trimmed !== '' && Number.isFinite(seconds)) {
    // No limit lasts thirty years: such a number is a time of day.
    return seconds > 1e9 ? seconds * 1000 - nowMs : seconds * 1000;
  }
  const date = Date.parse(trimmed);
  return Number.isNaN(date) ? undefined : date - nowMs;
}

function milliseconds(header: string | null): string | null {
  return header === null || header.trim() === '' ? null : String(Number(header) / 1000);
}
