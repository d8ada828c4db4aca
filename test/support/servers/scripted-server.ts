import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  url: string;
  headers: IncomingMessage['headers'];
  body: unknown;
  /** Milliseconds since the server started. */
  atMs: number;
}

export type Reply = (response: ServerResponse) => void;

export interface ScriptedServer {
  url: string;
  seen: SeenRequest[];
  stop(): Promise<void>;
}

/** A loopback server that gives the replies in turn, the last one again and again. */
export async function startScriptedServer(replies: Reply[]): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const startedAt = performance.now();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      seen.push({
        method: request.method ?? '',
        url: request.url ?? '',
        headers: request.headers,
        body: text === '' ? undefined : JSON.parse(text),
        atMs: performance.now() - startedAt,
      });
      replies[Math.min(seen.length, replies.length) - 1]!(response);
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

/** A JSON reply. */
export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Reply {
  return (response) => {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
  };
}

/** A chat completion with this text. */
export function completion(content: string | null): Reply {
  return json({
    choices: [{ message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  });
}
