import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface LoopbackRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  json: () => Record<string, unknown>;
  /** Milliseconds since the server started. */
  atMs: number;
}

/** An answer, or a function that does to the response what an answer cannot say: half a body, a lost connection. */
export type LoopbackAnswer =
  | {
      status?: number;
      headers?: Record<string, string>;
      /** Anything but bytes is sent as JSON. */
      body?: unknown;
    }
  | ((response: ServerResponse) => void);

export interface LoopbackServer {
  url: string;
  seen: LoopbackRequest[];
  stop(): Promise<void>;
}

/** A server on a free port of 127.0.0.1 that gives the answers in turn, the last one again and again, or what a function says. */
export async function startLoopbackServer(
  script:
    | readonly LoopbackAnswer[]
    | ((request: LoopbackRequest) => LoopbackAnswer | Promise<LoopbackAnswer>),
): Promise<LoopbackServer> {
  const seen: LoopbackRequest[] = [];
  const startedAt = performance.now();
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const body = Buffer.concat(chunks);
      const request = {
        method: incoming.method ?? '',
        path: incoming.url ?? '',
        headers: incoming.headers,
        body,
        json: () => JSON.parse(body.toString()) as Record<string, unknown>,
        atMs: performance.now() - startedAt,
      };
      seen.push(request);
      const answer =
        typeof script === 'function'
          ? script(request)
          : script[Math.min(seen.length, script.length) - 1]!;
      void Promise.resolve(answer).then((given) => {
        send(given, response);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function send(answer: LoopbackAnswer, response: ServerResponse): void {
  if (typeof answer === 'function') {
    answer(response);
    return;
  }
  const { status = 200, headers = {}, body } = answer;
  response.writeHead(status, headers);
  response.end(body instanceof Uint8Array ? body : JSON.stringify(body ?? {}));
}
