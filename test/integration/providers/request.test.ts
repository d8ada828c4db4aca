import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { createChatClient, type ChatClient } from '../../../providers/chat.js';
import type { ClientOptions } from '../../../providers/request.js';
import { clientOptions } from '../../support/made-up/client-options.js';
import {
  startLoopbackServer,
  type LoopbackAnswer,
  type LoopbackServer,
} from '../../support/servers/loopback-server.js';
import { watchRequests } from '../../support/servers/watch-requests.js';

const KEY = 'sk-secret-0123456789';
let server: LoopbackServer | undefined;

/** A JSON answer. */
function json(body: unknown, status = 200, headers: Record<string, string> = {}): LoopbackAnswer {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body };
}

/** A chat completion with this text. */
function completion(content: string): LoopbackAnswer {
  return json({
    choices: [{ message: { role: 'assistant', content } }],
    usage: { prompt_tokens: 7, completion_tokens: 3, total_tokens: 10 },
  });
}

async function clientOf(
  replies: LoopbackAnswer[],
  options: Partial<ClientOptions> = {},
): Promise<{ client: ChatClient; server: LoopbackServer }> {
  server = await startLoopbackServer(replies);
  const client = createChatClient({ ...clientOptions(server.url), apiKey: KEY, ...options });
  return { client, server };
}

const request = {
  messages: [{ role: 'user' as const, content: 'a cat' }],
  seed: 3,
  temperature: 0.5,
  maxTokens: 20,
};

async function failureOf(client: ChatClient): Promise<Error> {
  return client.complete(request).then(
    () => {
      throw new Error('expected a failure');
    },
    (error: unknown) => error as Error,
  );
}

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('a client', () => {
  it('sends the protocol its server speaks, with the key as a bearer token', async () => {
    const { client, server } = await clientOf([completion('  a prompt ')]);
    expect(await client.complete(request)).toMatchObject({ text: 'a prompt' });
    expect(server.seen[0]).toMatchObject({
      method: 'POST',
      path: '/v1/chat/completions',
      headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    });
    expect(server.seen[0]?.json()).toMatchObject({
      model: 'tiny',
      messages: request.messages,
      seed: 3,
      temperature: 0.5,
      max_tokens: 20,
    });
  });
  it('keeps the path of a base address', async () => {
    server = await startLoopbackServer([completion('ok')]);
    const client = createChatClient(clientOptions(`${server.url}/gateway/`));
    await client.complete(request);
    expect(server.seen[0]?.path).toBe('/gateway/v1/chat/completions');
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });
  it.each([
    ['429', json({}, 429)],
    ['500', json({}, 500)],
    ['503', json({}, 503)],
    ['a lost connection', (response) => response.destroy()],
  ] as [string, LoopbackAnswer][])('tries again after %s', async (_name, reply) => {
    const { client, server } = await clientOf([reply, reply, completion('ok')]);
    expect(await client.complete(request)).toMatchObject({ text: 'ok' });
    expect(server.seen).toHaveLength(3);
  });
  it('tries again after a timeout of one attempt', async () => {
    const { client, server } = await clientOf([() => undefined, completion('ok')], {
      timeoutMs: 100,
    });
    expect(await client.complete(request)).toMatchObject({ text: 'ok' });
    expect(server.seen).toHaveLength(2);
  });
  it('times out while the body is on its way, too', async () => {
    const halfBody: LoopbackAnswer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"choices":');
    };
    const { client } = await clientOf([halfBody], { timeoutMs: 100, maxAttempts: 1 });
    expect(await failureOf(client)).toMatchObject({
      name: 'ProviderUnavailableError',
      message: expect.stringContaining('no answer within 100 ms') as string,
    });
  });
  it('waits as long as Retry-After asks', async () => {
    const { client, server } = await clientOf([
      json({}, 429, { 'retry-after': '0.6' }),
      completion('ok'),
    ]);
    await client.complete(request);
    // Timers may fire a millisecond early.
    expect(server.seen[1]!.atMs - server.seen[0]!.atMs).toBeGreaterThanOrEqual(598);
  });
  it('gives up after the last attempt and says what it saw', async () => {
    const { client, server } = await clientOf([json({ error: 'overloaded' }, 503)], {
      maxAttempts: 3,
    });
    expect(await failureOf(client)).toMatchObject({
      name: 'ProviderUnavailableError',
      message: expect.stringMatching(
        /chat at http:.*\/v1\/chat\/completions answered 503.*overloaded/,
      ) as string,
      failure: { provider: 'chat', status: 503 },
    });
    expect(server.seen).toHaveLength(3);
  });
  it('says that nothing listens', async () => {
    const { client, server } = await clientOf([completion('ok')], { maxAttempts: 2 });
    await server.stop();
    const sent = await watchRequests(async () => {
      expect(await failureOf(client)).toMatchObject({
        name: 'ProviderUnavailableError',
        message: expect.stringContaining('ECONNREFUSED') as string,
      });
    });
    expect(sent).toHaveLength(2);
  });
  it.each([400, 413, 422])('puts the row aside after %i, at once', async (status) => {
    const { client, server } = await clientOf([json({ error: 'content policy' }, status)]);
    expect(await failureOf(client)).toMatchObject({
      name: 'ProviderRowError',
      failure: { status },
    });
    expect(server.seen).toHaveLength(1);
  });
  it.each([401, 403, 404])('refuses to go on after %i, at once', async (status) => {
    const { client, server } = await clientOf([json({ error: 'no' }, status)]);
    expect(await failureOf(client)).toMatchObject({
      name: 'ProviderRefusedError',
      message: expect.stringContaining('check the address') as string,
    });
    expect(server.seen).toHaveLength(1);
  });
  it.each([
    ['text that is not JSON', (response) => response.end('<html>')],
    ['JSON of another shape', json({ choices: 'none' })],
    ['no choice', json({ choices: [] })],
  ] as [string, LoopbackAnswer][])('puts the row aside for %s', async (_name, reply) => {
    const { client, server } = await clientOf([reply]);
    expect(await failureOf(client)).toMatchObject({ name: 'ProviderRowError' });
    expect(server.seen).toHaveLength(1);
  });
  it('counts the tokens the server tells', async () => {
    const { client, server } = await clientOf([completion('ok')]);
    const answers = [await client.complete(request), await client.complete(request)];
    for (const answer of answers) {
      expect(answer).toMatchObject({ promptTokens: 7, completionTokens: 3 });
    }
    expect(server.seen).toHaveLength(2);
  });
  it.each([
    ['in flight', [() => undefined]],
    ['between attempts', [json({}, 429, { 'retry-after': '30' })]],
  ] as [string, LoopbackAnswer[]][])('stops at once when aborted %s', async (_name, replies) => {
    const { client, server } = await clientOf(replies, { timeoutMs: 30_000 });
    const abort = new AbortController();
    const started = performance.now();
    const work = client.complete({ ...request, signal: abort.signal });
    while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    setTimeout(() => {
      abort.abort(new Error('run cancelled'));
    }, 20);
    await expect(work).rejects.toThrow('run cancelled');
    expect(performance.now() - started).toBeLessThan(5000);
    expect(server.seen).toHaveLength(1);
  });
  it('never tells the key, not even when the server repeats it', async () => {
    const echoes = json({ error: `Incorrect API key provided: ${KEY}` }, 401);
    for (const reply of [echoes, json({ error: KEY }, 500), json({ error: KEY }, 400)]) {
      const { client, server } = await clientOf([reply], { maxAttempts: 1 });
      const error = await failureOf(client);
      await server.stop();
      const told = `${inspect(error, { depth: 10, showHidden: true })}${JSON.stringify(error)}${error.stack}`;
      expect(told).not.toContain(KEY);
      expect(told).toContain('***');
    }
  });
});
