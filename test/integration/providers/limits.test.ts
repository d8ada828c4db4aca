import { afterEach, describe, expect, it } from 'vitest';
import { providersSchema } from '../../../recipe/sections/providers.js';
import { createChatClient, type ChatClient } from '../../../providers/chat.js';
import { createProviders } from '../../../providers/providers.js';
import type { ClientOptions } from '../../../providers/request.js';
import { clientOptions } from '../../support/made-up/client-options.js';
import {
  startLoopbackServer,
  type LoopbackAnswer,
  type LoopbackServer,
} from '../../support/servers/loopback-server.js';

const ask = {
  messages: [{ role: 'user' as const, content: 'a cat' }],
  seed: 3,
  temperature: 0.5,
  maxTokens: 20,
};
const choices = [{ message: { content: 'a cat, 8k' }, finish_reason: 'stop' }];
const ok = { body: { choices, usage: { prompt_tokens: 1000, completion_tokens: 200 } } };
const down = { status: 503 };
const soon = () => new Promise((resolve) => setTimeout(resolve, 5));
let server: LoopbackServer | undefined;

/** A client of a server that answers by the number of the request, from 0. */
async function clientOf(
  answer: (request: number) => LoopbackAnswer | Promise<LoopbackAnswer>,
  options: Partial<ClientOptions> = {},
): Promise<{ client: ChatClient; server: LoopbackServer }> {
  let count = 0;
  server = await startLoopbackServer(() => answer(count++));
  return { client: createChatClient({ ...clientOptions(server.url), ...options }), server };
}

const askTimes = (client: ChatClient, times: number) =>
  Promise.all(Array.from({ length: times }, () => client.complete(ask)));

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('the limits of a client', () => {
  it('has no more requests in flight than it may', async () => {
    let inFlight = 0;
    let most = 0;
    const answer = async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await soon();
      inFlight -= 1;
      return ok;
    };
    const { client } = await clientOf(answer, { concurrency: 3 });
    await askTimes(client, 20);
    expect(most).toBe(3);
  });
  it('waits for the reset when the server says that nothing is left', async () => {
    const headers = {
      'x-ratelimit-remaining-requests': '0',
      'x-ratelimit-reset-requests': '300ms',
    };
    const { client } = await clientOf((request) => (request === 0 ? { ...ok, headers } : ok));
    const started = performance.now();
    await client.complete(ask);
    await client.complete(ask);
    expect(performance.now() - started).toBeGreaterThanOrEqual(290);
  });
  it('corrects its estimate of tokens by what the answer says', async () => {
    // The estimate is 2 tokens and the 20 of the answer; the server counts 1200: at 240,000 a minute 300 ms.
    const { client } = await clientOf(() => ok, { tokensPerMinute: 240_000 });
    const started = performance.now();
    await client.complete(ask);
    await client.complete(ask);
    expect(performance.now() - started).toBeGreaterThanOrEqual(290);
  });
  it('has all callers wait when the server refuses twice in a row', async () => {
    const refused = { status: 429, headers: { 'retry-after-ms': '300' } };
    const { client, server } = await clientOf((request) => (request < 2 ? refused : ok));
    const started = performance.now();
    const first = client.complete(ask).catch(() => undefined);
    const second = client.complete(ask).catch(() => undefined);
    while (server.seen.length < 2) await soon();
    await soon();
    await client.complete(ask);
    expect(performance.now() - started).toBeGreaterThanOrEqual(290);
    await Promise.all([first, second]);
  });
  it('has nobody else wait for one refusal', async () => {
    const refused = { status: 429, headers: { 'retry-after': '30' } };
    const { client, server } = await clientOf((request) => (request === 0 ? refused : ok));
    const abort = new AbortController();
    const first = client.complete({ ...ask, signal: abort.signal });
    while (server.seen.length === 0) await soon();
    // Would wait past the end of this test.
    await askTimes(client, 3);
    abort.abort(new Error('enough'));
    await expect(first).rejects.toThrow('enough');
  });
});

describe('the circuit breaker of a client', () => {
  const breaker = { failures: 3, openMs: 10, giveUpMs: 60_000 };
  it('costs a row no attempt while the server is down', async () => {
    const { client, server } = await clientOf((request) => (request < 24 ? down : ok), {
      breaker,
      maxAttempts: 4,
      concurrency: 4,
    });
    // Twenty-four failures would use up all sixteen attempts of the calls.
    expect(await askTimes(client, 4)).toHaveLength(4);
    expect(server.seen).toHaveLength(24 + 4);
  });
  it('ends no call by a probe that failed', async () => {
    const { client, server } = await clientOf((request) => (request < 4 ? down : ok), {
      breaker: { ...breaker, failures: 1 },
      maxAttempts: 1,
    });
    await expect(client.complete(ask)).rejects.toMatchObject({ name: 'ProviderUnavailableError' });
    expect(await client.complete(ask)).toMatchObject({ text: 'a cat, 8k' });
    expect(server.seen).toHaveLength(5);
  });
  it('sends nothing for a call that waited for the rate while it opened', async () => {
    const { client, server } = await clientOf(() => down, {
      breaker: { failures: 1, openMs: 60_000, giveUpMs: 1 },
      requestsPerMinute: 60,
      maxAttempts: 1,
    });
    const outcomes = await Promise.allSettled([client.complete(ask), client.complete(ask)]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(server.seen).toHaveLength(1);
  });
  it('gives up when the server stays down, and says what it answered last', async () => {
    const { client, server } = await clientOf(() => down, {
      breaker: { failures: 2, openMs: 20, giveUpMs: 100 },
      maxAttempts: 20,
    });
    await expect(askTimes(client, 3)).rejects.toMatchObject({
      name: 'ProviderUnavailableError',
      message: expect.stringMatching(
        /has not answered for \d+ s; the last failure: .*503/,
      ) as string,
    });
    expect(server.seen.length).toBeLessThan(30);
  });
  it('is closed by an answer that blames the row', async () => {
    const { client } = await clientOf(
      (request) => (request < 3 ? down : request === 3 ? { status: 400 } : ok),
      { breaker, concurrency: 1 },
    );
    await expect(client.complete(ask)).rejects.toMatchObject({ name: 'ProviderRowError' });
    expect(await client.complete(ask)).toMatchObject({ text: 'a cat, 8k' });
  });
});

describe('the caller of a chat client', () => {
  it('is given the tokens of the answer, and none of a failed attempt', async () => {
    const { client, server } = await clientOf((request) => (request === 0 ? down : ok));
    const answer = { promptTokens: 1000, completionTokens: 200 };
    expect(await client.complete(ask)).toMatchObject(answer);
    expect(await client.complete(ask)).toMatchObject(answer);
    expect(server.seen).toHaveLength(3);
  });
  it('is not given an answer that is of no use, but its start', async () => {
    const { client, server } = await clientOf(() => ({ body: { choices: 'none' } }));
    await expect(client.complete(ask)).rejects.toMatchObject({
      name: 'ProviderRowError',
      failure: { answer: '{"choices":"none"}' },
    });
    expect(server.seen).toHaveLength(1);
  });
  it('estimates tokens where the server does not count them', async () => {
    const { client } = await clientOf(() => ({ body: { choices } }));
    // "a cat" has 5 characters, "a cat, 8k" has 9.
    expect(await client.complete(ask)).toEqual({
      text: 'a cat, 8k',
      finishReason: 'stop',
      refusal: null,
      promptTokens: 2,
      completionTokens: 3,
    });
  });
});

describe('what a chat client returns', () => {
  it.each([
    [{ content: '' }, 'stop', { text: '', finishReason: 'stop', refusal: null }],
    [{ content: null, refusal: 'No.' }, 'stop', { text: '', refusal: 'No.' }],
    [{}, 'content_filter', { text: '', finishReason: 'content_filter' }],
    [{ content: ' a cat on' }, 'length', { text: 'a cat on', finishReason: 'length' }],
    [
      { content: [{ type: 'text', text: 'a cat' }] },
      undefined,
      { text: 'a cat', finishReason: null },
    ],
  ])('leaves it to the caller what %j is worth', async (message, finish_reason, expected) => {
    const { client } = await clientOf(() => ({ body: { choices: [{ message, finish_reason }] } }));
    expect(await client.complete(ask)).toMatchObject(expected);
  });
});

describe('a share of the limits', () => {
  const settingsOf = (url: string) =>
    providersSchema.parse({ chat: { url, concurrency: 8 }, captions: {}, images: {}, scores: {} });
  it.each([
    [1, 8],
    [0.25, 2],
    [0.01, 1],
  ])('of %d leaves %d of 8 requests in flight', async (share, expected) => {
    let inFlight = 0;
    let most = 0;
    server = await startLoopbackServer(async () => {
      inFlight += 1;
      most = Math.max(most, inFlight);
      await soon();
      inFlight -= 1;
      return ok;
    });
    const { chat } = createProviders(settingsOf(server.url), { simulatorUrl: '', share });
    await askTimes(chat, 24);
    expect(most).toBe(expected);
  });
  it('divides the rate, too', async () => {
    server = await startLoopbackServer(() => ok);
    const chat = { url: server.url, requestsPerMinute: 600 };
    const settings = providersSchema.parse({ chat, captions: {}, images: {}, scores: {} });
    const providers = createProviders(settings, { simulatorUrl: '', share: 0.5 });
    const started = performance.now();
    await askTimes(providers.chat, 3);
    // Five a second in place of ten: the third goes after 400 ms.
    expect(performance.now() - started).toBeGreaterThanOrEqual(390);
  });
  it.each([0, 1.5, NaN])('refuses %d', (share) => {
    expect(() => createProviders(settingsOf('simulator'), { simulatorUrl: '', share })).toThrow(
      'Expected a share',
    );
  });
});
