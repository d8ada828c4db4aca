import type { MiddlewareHandler } from 'hono';
import { digestRequest, type SimulatorEnvironment } from './recipe-faults.js';

/** Whole answers by path: what a provider would have been paid for. */
export interface CallCounts {
  answered: Record<string, number>;
  /** Those of them whose request had been answered before, to the letter. */
  repeated: Record<string, number>;
}

/** A set holds up to 2^24 numbers; past this many requests, what was answered before is forgotten. */
const MAX_REMEMBERED = 8_000_000;

/** Counts whole answers to POST requests of a protocol, and those that had been given before. */
export function createCallCounts(): {
  middleware: MiddlewareHandler<SimulatorEnvironment>;
  counts: CallCounts;
} {
  const counts: CallCounts = { answered: {}, repeated: {} };
  const seen = new Set<number>();
  const add = (to: Record<string, number>, path: string): void => {
    to[path] = (to[path] ?? 0) + 1;
  };
  return {
    counts,
    async middleware(context, next) {
      await next();
      const { path, method } = context.req;
      if (method !== 'POST' || context.res.status !== 200 || context.get('isFaulty')) return;
      const digest = context.get('spoiling')?.digest ?? (await digestRequest(context));
      add(counts.answered, path);
      if (seen.has(digest)) add(counts.repeated, path);
      if (seen.size >= MAX_REMEMBERED) seen.clear();
      seen.add(digest);
    },
  };
}
