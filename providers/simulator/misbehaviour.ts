import type { MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { uniform } from '../../text/random.js';
import { drawShare, type SimulatorEnvironment } from './faults.js';

const rate = z.number().min(0).max(1).default(0);

/** How the simulator misbehaves, as shares of its requests; the shares of the faults are added up. */
export const misbehaviourSchema = z.strictObject({
  /** Added to every answer, milliseconds. */
  latencyMs: z.number().min(0).max(600_000).default(0),
  /** 429 with Retry-After. */
  tooManyRequests: rate,
  /** Seconds named by Retry-After. */
  retryAfterSeconds: z.number().min(0).max(3600).default(0),
  /** 500. */
  serverError: rate,
  /** 200 with a text that is not JSON. */
  rubbish: rate,
  /** 200 with JSON of another shape. */
  wrongShape: rate,
  /** The connection is closed without an answer. */
  connectionReset: rate,
  /** No answer until the client gives up. */
  hang: rate,
  /** Only requests whose path begins with this. */
  path: z.string().default('/v'),
  /** Stop after this many faults; absent: never. */
  count: z.int().nonnegative().optional(),
});
export type Misbehaviour = z.infer<typeof misbehaviourSchema>;

const FAULTS = [
  'tooManyRequests',
  'serverError',
  'rubbish',
  'wrongShape',
  'connectionReset',
  'hang',
] as const;

export interface Misbehaver {
  middleware: MiddlewareHandler<SimulatorEnvironment>;
  set(misbehaviour: Misbehaviour): void;
  /** Faults made since the last `set`. */
  faultCount(): number;
}

/** A middleware that makes faults on demand: which requests fail depends on the seed and their count alone. */
export function createMisbehaver(seed: number): Misbehaver {
  let current = misbehaviourSchema.parse({});
  let requestCount = 0;
  let faults = 0;

  function drawFault(): (typeof FAULTS)[number] | undefined {
    requestCount += 1;
    if (current.count !== undefined && faults >= current.count) return undefined;
    const fault = drawShare(FAULTS, current, uniform(seed, 0x6d69, requestCount));
    if (fault) faults += 1;
    return fault;
  }

  return {
    set(misbehaviour) {
      current = misbehaviour;
      requestCount = 0;
      faults = 0;
    },
    faultCount: () => faults,
    async middleware(context, next) {
      if (!context.req.path.startsWith(current.path)) return next();
      const fault = drawFault();
      if (fault) context.set('isFaulty', true);
      if (current.latencyMs > 0) {
        await new Promise((resolve) => setTimeout(resolve, current.latencyMs));
      }
      switch (fault) {
        case undefined:
          return next();
        case 'tooManyRequests':
          context.header('retry-after', String(current.retryAfterSeconds));
          return context.json({ error: { message: 'simulated: too many requests' } }, 429);
        case 'serverError':
          return context.json({ error: { message: 'simulated: server error' } }, 500);
        case 'rubbish':
          return context.text('<html>simulated rubbish</html>');
        case 'wrongShape':
          return context.json({ simulated: ['not what you asked for'] });
        case 'connectionReset':
          context.env.incoming.socket.destroy();
          return context.body(null);
        case 'hang':
          await new Promise<void>((resolve) => context.env.incoming.socket.once('close', resolve));
          return context.body(null);
      }
    },
  };
}
