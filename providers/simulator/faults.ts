import { createHash } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import type { Context, MiddlewareHandler } from 'hono';
import { z } from 'zod';
import { simulatorSchema, type SimulatorSettings } from '../../recipe/sections/providers.js';
import { keyOf, normal, randomBits, uniform } from '../../text/random.js';
import { FAULTS_HEADER } from '../faults-header.js';

/** What the simulator's handlers know of a request. */
export interface SimulatorEnvironment {
  Bindings: HttpBindings;
  Variables: {
    /** The faults that the asking recipe wants, and the digest of its request; absent for most requests. */
    spoiling?: { settings: SimulatorSettings; digest: number };
    /** True where the answer is a fault of the wire. */
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
/** Most requests whose failures are remembered. */
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
 * Faults of the wire depend on (seeds, request, how often it has failed) and not on the order of requests.
 */
export function createFaults(seed: number): MiddlewareHandler<SimulatorEnvironment> {
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
    const header = context.req.header(FAULTS_HEADER);
    if (header === undefined) return next();
    const settings = readSettings(header);
    if (typeof settings === 'string') {
      return context.json({ error: `simulated: ${FAULTS_HEADER}: ${settings}` }, 400);
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

/** Replaces the answer: Hono ignores what a middleware returns once there is one, and merges what is assigned with it. */
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

/** The parts of a chat model's answer that clients read. */
export interface ChatMessageAnswer {
  content: string | null;
  /** OpenAI's own field for a refusal. */
  refusal?: string;
  finishReason: 'stop' | 'length' | 'content_filter';
}

const CONTENT_FAULTS = [
  'refusal',
  'otherLanguage',
  'duplicate',
  'empty',
  'cut',
  'offFormat',
] as const;
const CONTENT = keyOf('content fault');
const VARIANT = keyOf('content variant');

const REFUSALS = [
  "I'm sorry, but I can't help with that request.",
  'I cannot create content that depicts real people in this way.',
  'As an AI language model, I am unable to assist with this prompt.',
];
const OTHER_LANGUAGES = [
  'un zorro rojo en la nieve con una luz muy bonita sobre los árboles',
  'ein alter mann mit einem hut und eine katze auf dem dach',
  'une rue de paris avec des voitures dans la nuit et les lumières',
  'старый корабль в бурном море на закате',
  '雪の中の赤い狐、美しい光',
];

/**
 * A chat answer with the faults a recipe asks for.
 *
 * They are drawn by (server's seed, recipe's seed, request), so that the same request always gets the same answer, and one
 * with another `seed` draws again.
 *
 * `other(place)` is the answer to another row, for a place in [0, 1).
 */
export function spoilAnswer(
  text: string,
  { settings, digest }: { settings: SimulatorSettings; digest: number },
  { serverSeed, other }: { serverSeed: number; other: (place: number) => string },
): ChatMessageAnswer {
  const keys = [serverSeed, settings.seed, digest, digest / 2 ** 32] as const;
  const variant = uniform(VARIANT, ...keys);
  const pick = (list: readonly string[]): string => list[Math.floor(variant * list.length)] ?? text;
  switch (drawShare(CONTENT_FAULTS, settings.content, uniform(CONTENT, ...keys))) {
    case undefined:
      return { content: text, finishReason: 'stop' };
    case 'refusal':
      // Servers refuse in three ways: in words, in the field for it, by a filter.
      if (variant < 0.5) return { content: pick(REFUSALS), finishReason: 'stop' };
      return variant < 0.8
        ? { content: null, refusal: pick(REFUSALS), finishReason: 'stop' }
        : { content: '', finishReason: 'content_filter' };
    case 'otherLanguage':
      return { content: pick(OTHER_LANGUAGES), finishReason: 'stop' };
    case 'duplicate':
      return { content: other(variant), finishReason: 'stop' };
    case 'empty':
      return { content: pick(['', ' ', '\n']), finishReason: 'stop' };
    case 'cut':
      return { content: text.slice(0, Math.ceil(text.length * 0.6)), finishReason: 'length' };
    case 'offFormat':
      return {
        content: pick([
          `Sure! Here is what you asked for:\n\n${text}`,
          `1. ${text}\n2. ${text}, in another style\n3. ${text}, once more`,
          `**Answer:**\n\n\`\`\`\n${text}\n\`\`\`\n\nLet me know if you need anything else!`,
        ]),
        finishReason: 'stop',
      };
  }
}
