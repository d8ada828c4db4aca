import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface HandledRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: Buffer;
  json: () => Record<string, unknown>;
}

export interface HandledAnswer {
  status?: number;
  headers?: Record<string, string>;
  /** Anything but bytes is sent as JSON. */
  body?: unknown;
}

export interface HandledServer {
  url: string;
  seen: HandledRequest[];
  stop(): Promise<void>;
}

/** A loopback server that answers what a function says. */
export async function startHandledServer(
  handle: (request: HandledRequest) => HandledAnswer | Promise<HandledAnswer>,
): Promise<HandledServer> {
  const seen: HandledRequest[] = [];
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
      };
      seen.push(request);
      void Promise.resolve(handle(request)).then(({ status = 200, headers = {}, body: sent }) => {
        response.writeHead(status, headers);
        response.end(sent instanceof Uint8Array ? sent : JSON.stringify(sent ?? {}));
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
