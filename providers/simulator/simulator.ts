import { serve, type ServerType } from '@hono/node-server';
import { Hono, type MiddlewareHandler } from 'hono';
import { createChatRoutes } from './chat-routes.js';
import { createImageRoutes } from './image-routes.js';
import { loadJudge, loadKnowledge } from './knowledge.js';
import { createFaults, digestRequest, type SimulatorEnvironment } from './faults.js';
import { createScoreRoutes } from './score-routes.js';
import { createScorer } from './scorer/scorer.js';

/** The offline stand-in for the providers' servers, as a Hono app. Every answer has `x-burnish-simulated: true`. */
function createSimulator(options: { seed: number }): Hono<SimulatorEnvironment> {
  // Read at the first question, so that the simulator starts at once.
  const knowledge = once(loadKnowledge);
  const scorer = once(() => createScorer(loadJudge(), options.seed));
  const calls = createCallCounts();
  const app = new Hono<SimulatorEnvironment>();
  app.use(async (context, next) => {
    context.header('x-burnish-simulated', 'true');
    await next();
  });
  app.get('/health', (context) =>
    context.json({ status: 'ok', simulated: true, seed: options.seed }),
  );
  app.get('/counts', (context) => context.json(calls.counts));
  app.use(calls.middleware);
  app.use(createFaults(options.seed));
  app.route('/', createChatRoutes(knowledge, options.seed));
  app.route('/', createImageRoutes());
  app.route('/', createScoreRoutes(scorer));
  return app;
}

function once<Value>(load: () => Value): () => Value {
  let loaded: { value: Value } | undefined;
  return () => (loaded ??= { value: load() }).value;
}

const KEEP_ALIVE_MS = 120_000;

export interface RunningSimulator {
  url: string;
  port: number;
  stop(): Promise<void>;
}

/**
 * Starts the simulator on loopback (or `host`) and resolves when it listens; port 0 takes a free one.
 *
 * @throws the listening error, such as EADDRINUSE for a busy port.
 */
export async function startSimulator(options: {
  seed: number;
  port: number;
  host?: string;
}): Promise<RunningSimulator> {
  const host = options.host ?? '127.0.0.1';
  const app = createSimulator(options);
  const server = await new Promise<ServerType>((resolve, reject) => {
    const started = serve({ fetch: app.fetch, port: options.port, hostname: host }, () => {
      resolve(started);
    });
    started.once('error', reject);
  });
  // Longer than any client keeps an idle connection: closing one just as a request is sent would look like a fault.
  if ('keepAliveTimeout' in server) server.keepAliveTimeout = KEEP_ALIVE_MS;
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://${host}:${port}`,
    port,
    stop: () =>
      new Promise((resolve, reject) => {
        server.close((error) => {
          if (error) reject(error);
          else resolve();
        });
        if ('closeAllConnections' in server) server.closeAllConnections();
      }),
  };
}

/** Whole answers by path: what a provider would have been paid for. */
interface CallCounts {
  answered: Record<string, number>;
  /** Those of them whose request had been answered before, to the letter. */
  repeated: Record<string, number>;
}

/** A set holds up to 2^24 numbers; past this many requests, what was answered before is forgotten. */
const MAX_REMEMBERED = 8_000_000;

/** Counts whole answers to POST requests of a protocol, and those that had been given before. */
function createCallCounts(): {
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
