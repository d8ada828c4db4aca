import { once } from 'node:events';
import {
  createServer,
  request as ask,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { uniform } from '../../text/random.js';

/** What the proxy does to requests: `torn` sends on half of an upload and then breaks both connections. */
export type ProxyMode = 'pass' | 'slow' | 'busy' | 'reset' | 'torn';

export interface FaultProxy {
  readonly url: string;
  /** Sets what happens from now on and forgets the counts. */
  set(mode: ProxyMode): void;
  /** Requests since `set`: all, and those that something was done to. */
  readonly counts: { seen: number; hit: number };
  stop(): Promise<void>;
}

/** Share of requests that something happens to; the rest passes, so that work goes on meanwhile. */
const hitShare = 0.4;
const slowestMs = 1500;

/**
 * An HTTP proxy before the object store.
 *
 * Host and signature go through as they came, so the store checks what the client signed.
 */
export async function startFaultProxy(target: URL, seed: number): Promise<FaultProxy> {
  let mode: ProxyMode = 'pass';
  let counts = { seen: 0, hit: 0 };
  let requestCount = 0;

  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    requestCount += 1;
    counts.seen += 1;
    const draw = uniform(seed, requestCount, 1);
    const isUpload = incoming.method === 'PUT' || incoming.method === 'POST';
    const isHit = mode !== 'pass' && draw < hitShare && (mode !== 'torn' || isUpload);
    if (!isHit) {
      passOn(incoming, answer, { target });
      return;
    }
    counts.hit += 1;
    if (mode === 'slow') {
      await sleep(slowestMs * uniform(seed, requestCount, 2));
      passOn(incoming, answer, { target });
    } else if (mode === 'busy') {
      incoming.resume();
      answer.writeHead(503, { 'content-type': 'application/xml', connection: 'close' });
      answer.end(
        '<?xml version="1.0"?><Error><Code>SlowDown</Code><Message>busy</Message></Error>',
      );
    } else if (mode === 'torn') {
      passOn(incoming, answer, {
        target,
        tearAfter: Number(incoming.headers['content-length'] ?? 2) / 2,
      });
    } else incoming.socket.resetAndDestroy();
  };
  const server = createServer((incoming, answer) => void handle(incoming, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    set: (next) => {
      mode = next;
      counts = { seen: 0, hit: 0 };
    },
    get counts() {
      return counts;
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function passOn(
  incoming: IncomingMessage,
  answer: ServerResponse,
  options: { target: URL; tearAfter?: number },
): void {
  const { target, tearAfter } = options;
  // Node has answered `Expect: 100-continue` already; it is never part of a signature.
  const headers = incoming.rawHeaders.filter(
    (_, index, all) => all[index - (index % 2)]?.toLowerCase() !== 'expect',
  );
  const request: RequestOptions = {
    host: target.hostname,
    port: target.port,
    method: incoming.method,
    path: incoming.url,
    headers,
    agent: false,
  };
  const outgoing = ask(request);
  const breakBoth = (): void => {
    outgoing.destroy();
    incoming.socket.destroy();
  };
  outgoing.once('response', (reply) => {
    answer.writeHead(reply.statusCode ?? 502, reply.rawHeaders);
    reply.once('error', breakBoth);
    reply.pipe(answer);
  });
  outgoing.once('error', breakBoth);
  incoming.once('error', breakBoth);
  answer.once('close', () => {
    if (!answer.writableFinished) outgoing.destroy();
  });
  if (tearAfter === undefined) {
    incoming.pipe(outgoing);
    return;
  }
  let sent = 0;
  incoming.on('data', (chunk: Buffer) => {
    const part = chunk.subarray(0, Math.max(0, Math.floor(tearAfter - sent)));
    sent += chunk.length;
    outgoing.write(part, () => {
      if (sent >= tearAfter) breakBoth();
    });
  });
  incoming.once('end', breakBoth);
}
