import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { simulatorSchema, type SimulatorSettings } from '../../recipe/sections/simulator.js';
import { keyOf, normal, randomBits, uniform } from '../../text/random.js';
import { MISBEHAVIOUR_HEADER } from '../misbehaviour-header.js';

/** What the simulator's handlers know of a request. */
export interface SimulatorEnvironment {
  Bindings: HttpBindings;
  Variables: {
    /** How the recipe that asks wants its answers spoilt; absent for most requests. */
    spoiling?: { settings: SimulatorSettings; digest: number };
    /** Set where the answer that leaves is not the one that was asked for. */
    isFaulty?: boolean;
  };
}

const TRANSPORT_FAULTS = [
  'tooManyRequests',
  'serverError',
  'hang',
  'cutConnection',
  'cutBody',
  'invalidJson',
] as const;
type TransportFault = (typeof TRANSPORT_FAULTS)[number];

const TRANSPORT = keyOf('transport fault');
const LATENCY = keyOf('latency');
/** Standard normal deviate below which 95 % lie. */
const P95 = 1.6449;
const MAX_LATENCY_MS = 600_000;
/** Requests whose failures are remembered; only those that failed are. */
const MAX_REMEMBERED = 1_000_000;
const SETTINGS_KEPT = 100;

/** A number of 48 bits from the path and body of a request. */
export async function digestRequest(context: Context): Promise<number> {
  const hash = createHash('sha1').update(context.req.path).update('\n');
  return hash
    .update(await context.req.text())
    .digest()
    .readUIntBE(0, 6);
}

/** Milliseconds of a log-normal time with this median and 95th percentile, for a standard normal number. */
export function latencyOf({ medianMs, p95Ms }: SimulatorSettings['latency'], z: number): number {
  if (medianMs === 0) return 0;
  return Math.min(MAX_LATENCY_MS, medianMs * Math.exp((z * Math.log(p95Ms / medianMs)) / P95));
}

/**
 * A middleware that misbehaves as the request's own header says (`providers.simulator` of a recipe).
 *
 * Faults of the wire depend on (seeds, request, how often it has failed), in whatever order requests come.
 */
export function createRecipeFaults(seed: number): MiddlewareHandler<SimulatorEnvironment> {
  const known = new Map<string, SimulatorSettings>();
  const failures = new Map<number, number>();

  function readSettings(header: string): SimulatorSettings | string {
    const found = known.get(header);
    if (found) return found;
    const parsed = simulatorSchema.safeParse(parseJson(header));
    if (!parsed.success) return z.prettifyError(parsed.error);
    if (known.size >= SETTINGS_KEPT) known.clear();
    known.set(header, parsed.data);
    return parsed.data;
  }

  return async (context, next) => {
    const header = context.req.header(MISBEHAVIOUR_HEADER);
    if (header === undefined) return next();
    const settings = readSettings(header);
    if (typeof settings === 'string') {
      return context.json({ error: `simulated: ${MISBEHAVIOUR_HEADER}: ${settings}` }, 400);
    }
    const digest = await digestRequest(context);
    context.set('spoiling', { settings, digest });
    const place = randomBits(keyOf(header), digest, digest / 2 ** 32);
    const failed = failures.get(place) ?? 0;
    const keys = [seed, settings.seed, digest, digest / 2 ** 32, failed] as const;
    const fault = drawShare(TRANSPORT_FAULTS, settings.transport, uniform(TRANSPORT, ...keys));
    if (fault) {
      if (failures.size >= MAX_REMEMBERED) failures.clear();
      failures.set(place, failed + 1);
      context.set('isFaulty', true);
    }
    const wait = latencyOf(settings.latency, normal(LATENCY, ...keys));
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    return fault ? makeFault(context, fault, { settings, next }) : next();
  };
}

/** The name whose share a draw in [0, 1) falls into; undefined past the last share. */
export function drawShare<Name extends string>(
  names: readonly Name[],
  shares: Record<Name, number>,
  draw: number,
): Name | undefined {
  let upTo = 0;
  return names.find((name) => draw < (upTo += shares[name]));
}

async function makeFault(
  context: Context<SimulatorEnvironment>,
  fault: TransportFault,
  { settings, next }: { settings: SimulatorSettings; next: () => Promise<void> },
): Promise<Response | undefined> {
  const { incoming, outgoing } = context.env;
  switch (fault) {
    case 'tooManyRequests':
      context.header('retry-after', String(settings.transport.retryAfterSeconds));
      return context.json({ error: { message: 'simulated: too many requests' } }, 429);
    case 'serverError':
      return context.json({ error: { message: 'simulated: server error' } }, 500);
    case 'hang':
      await new Promise<void>((resolve) => incoming.socket.once('close', resolve));
      return context.body(null);
    case 'cutConnection':
      incoming.socket.destroy();
      return context.body(null);
    case 'cutBody': {
      await next();
      const bytes = Buffer.from(await context.res.arrayBuffer());
      const headers = { 'content-type': 'application/json', 'content-length': bytes.length };
      outgoing.writeHead(200, headers).write(bytes.subarray(0, bytes.length >> 1), () => {
        incoming.socket.destroy();
      });
      replaceAnswer(context, RESPONSE_ALREADY_SENT);
      return undefined;
    }
    case 'invalidJson': {
      await next();
      const text = await context.res.text();
      const headers = { 'content-type': 'application/json', 'x-burnish-simulated': 'true' };
      replaceAnswer(context, new Response(text.slice(0, text.length >> 1), { headers }));
      return undefined;
    }
  }
}

/** Once there is an answer, Hono overlooks what a middleware returns, and assigning another would merge the two. */
function replaceAnswer(context: Context, answer: Response): void {
  context.res = undefined;
  context.res = answer;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
