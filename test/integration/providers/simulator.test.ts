import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FAULTS_HEADER } from '../../../providers/faults-header.js';
import { providersSchema } from '../../../recipe/sections/providers.js';
import { imageUrl } from '../../../providers/images.js';
import {
  captionMessages,
  improveMessages,
  summariseMessages,
} from '../../../providers/instructions.js';
import { createProviders, type Providers } from '../../../providers/providers.js';
import { scoreDirectly } from '../../support/programs/score-directly.js';
import { type SentRequest, watchRequests } from '../../support/servers/watch-requests.js';
import { startSimulator, type RunningSimulator } from '../../../providers/simulator/simulator.js';

const settings = providersSchema.parse({ chat: {}, captions: {}, images: {}, scores: {} });
const ask = { seed: 1, temperature: 0.7, maxTokens: 64 };
const PROMPT = 'a red fox in the snow, volumetric lighting, oil painting, sharp focus, 8k';
let simulator: RunningSimulator;
let twin: RunningSimulator;
let providers: Providers;

beforeAll(async () => {
  simulator = await startSimulator({ seed: 5, port: 0 });
  twin = await startSimulator({ seed: 5, port: 0 });
}, 60_000);
beforeEach(() => {
  providers = createProviders(settings, { simulatorUrl: simulator.url });
});
afterAll(async () => {
  await simulator.stop();
  await twin.stop();
});

/** Clients of a recipe towards which the simulator misbehaves. */
function misbehavingProviders(faults: object, images: object = {}): Providers {
  const section = providersSchema.parse({ simulator: faults, images });
  return createProviders(section, { simulatorUrl: simulator.url });
}

async function post(path: string, body: unknown): Promise<Response> {
  return fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

describe('the simulator', () => {
  it('says in every answer that it is simulated', async () => {
    const answers = [
      await fetch(`${simulator.url}/health`),
      await fetch(`${simulator.url}/v2/models/pickscore`),
      await post('/v1/images/generations', { prompt: 'a cat' }),
      await post('/v1/chat/completions', { model: 'm', messages: summariseMessages(PROMPT) }),
      await post('/v1/chat/completions', {}),
      await fetch(`${simulator.url}/no/such/page`),
    ];
    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200, 400, 404]);
    for (const answer of answers) expect(answer.headers.get('x-burnish-simulated')).toBe('true');
    expect(providers.simulated).toEqual(['chat', 'captions', 'images', 'scores']);
  });
  it('summarises, improves and captions', async () => {
    const summary = await providers.chat.complete({ ...ask, messages: summariseMessages(PROMPT) });
    expect(summary.text).toMatch(/fox|snow/);
    expect(summary.text).not.toMatch(/painting|8k/);
    const better = await providers.chat.complete({
      ...ask,
      messages: improveMessages('a red fox'),
    });
    expect(better.text).toMatch(/^a red fox, .+, .+, .+, .+/);
    const [image] = await providers.images.generate({ prompt: PROMPT, count: 1, seed: 1 });
    const messages = captionMessages(imageUrl(image!));
    expect((await providers.captions.complete({ ...ask, messages })).text).toMatch(
      /a red fox in the snow$/,
    );
  });
  it('answers 400 to conversations and pictures that are not its own', async () => {
    const strangers = [
      [{ role: 'user' as const, content: 'Who are you?' }],
      captionMessages('https://example.org/cat.png'),
      captionMessages('data:image/png;base64,AAAA'),
    ];
    for (const messages of strangers) {
      await expect(providers.chat.complete({ ...ask, messages })).rejects.toMatchObject({
        name: 'ProviderRowError',
        failure: { status: 400 },
      });
    }
    await expect(providers.scores.aesthetic([{ base64: 'AAAA' }])).rejects.toMatchObject({
      name: 'ProviderRowError',
    });
  });
  it('draws as many pictures as asked, each another', async () => {
    const images = await providers.images.generate({ prompt: PROMPT, count: 4, seed: 9 });
    expect(new Set(images.map(imageUrl)).size).toBe(4);
    const answer = await post('/v1/images/generations', { prompt: 'a cat', n: 1 });
    const body = (await answer.json()) as { data: { url: string }[] };
    expect(body.data[0]?.url).toMatch(/^data:image\/png;base64,/);
  });
  it('speaks the Open Inference Protocol', async () => {
    const ready = await fetch(`${simulator.url}/v2/health/ready`);
    expect(await ready.json()).toEqual({ ready: true });
    const model = await fetch(`${simulator.url}/v2/models/pickscore`);
    expect(await model.json()).toMatchObject({
      name: 'pickscore',
      inputs: [
        { name: 'prompt', datatype: 'BYTES' },
        { name: 'image', datatype: 'BYTES' },
      ],
      outputs: [{ name: 'score', datatype: 'FP32', shape: [-1] }],
    });
    const images = await providers.images.generate({ prompt: PROMPT, count: 3, seed: 2 });
    const pick = await providers.scores.pick(images.map((image) => ({ prompt: 'a fox', image })));
    const aesthetic = await providers.scores.aesthetic(images);
    expect(new Set([...pick, ...aesthetic]).size).toBe(6);
    for (const score of pick) expect(score).toBe(Math.fround(score));
    for (const score of aesthetic) expect(score).toBe(Math.fround(score));
  });
  it.each([
    ['an unknown model', '/v2/models/beauty/infer', { inputs: [] }, 404],
    ['a missing tensor', '/v2/models/pickscore/infer', { inputs: [] }, 400],
    ['text that is not JSON', '/v2/models/aesthetic/infer', '{', 400],
    [
      'a shape that does not match',
      '/v2/models/aesthetic/infer',
      { inputs: [{ name: 'image', datatype: 'BYTES', shape: [2], data: ['AAAA'] }] },
      400,
    ],
    ['too many pictures', '/v1/images/generations', { prompt: 'a cat', n: 17 }, 400],
  ])('refuses %s', async (_name, path, body, status) => {
    const answer = await post(path, body);
    expect(answer.status).toBe(status);
    expect(JSON.stringify(await answer.json())).toMatch(/error/);
  });
  it('answers as its twin of the same seed does, in whatever order it is asked', async () => {
    const other = createProviders(settings, { simulatorUrl: twin.url });
    const rows = [1, 2, 3, 4, 5].map((rowKey) => ({
      x: 'a red fox',
      y: `${PROMPT} ${rowKey}`,
      rowKey,
    }));
    const options = { seed: 1, imagesPerPrompt: 2 };
    const here = await scoreDirectly(providers, rows, options);
    const there = await scoreDirectly(other, rows.toReversed(), options);
    expect(there.toReversed()).toEqual(here);
    expect(await other.chat.complete({ ...ask, messages: improveMessages('an old ship') })).toEqual(
      await providers.chat.complete({ ...ask, messages: improveMessages('an old ship') }),
    );
  });
});

describe('a misbehaving simulator', () => {
  const rows = Array.from({ length: 80 }, (_, rowKey) => ({ x: 'a red fox', y: PROMPT, rowKey }));
  const options = { seed: 1, imagesPerPrompt: 2 };

  it('gives the same scores through lost connections, 429 and 500', async () => {
    let calm: unknown;
    const sent = await watchRequests(async () => {
      calm = await scoreDirectly(providers, rows, options);
    });
    const transport = { tooManyRequests: 0.1, serverError: 0.1, cutConnection: 0.1 };
    const troubled = misbehavingProviders({ transport: { ...transport, retryAfterSeconds: 0 } });
    const sentAgain = await watchRequests(async () => {
      expect(await scoreDirectly(troubled, rows, options)).toEqual(calm);
    });
    const draws = (requests: SentRequest[]): number =>
      requests.filter(({ path }) => path === '/v1/images/generations').length;
    expect(draws(sentAgain)).toBeGreaterThan(draws(sent) + 5);
  });
  it('is late by its latency and hangs until the client gives up', async () => {
    const late = misbehavingProviders({ latency: { medianMs: 150, p95Ms: 150 } });
    const started = performance.now();
    await late.images.generate({ prompt: PROMPT, count: 1, seed: 1 });
    expect(performance.now() - started).toBeGreaterThanOrEqual(148);
    // By this seed the first attempt hangs, and the second does not.
    const hanging = { seed: 4, transport: { hang: 0.5 } };
    const hasty = misbehavingProviders(hanging, { timeoutSeconds: 0.2 });
    const sent = await watchRequests(async () => {
      expect(await hasty.images.generate({ prompt: PROMPT, count: 1, seed: 1 })).toHaveLength(1);
    });
    expect(sent).toHaveLength(2);
  });
  it('fails the same requests each time', async () => {
    const transport = { tooManyRequests: 0.3, serverError: 0.3, retryAfterSeconds: 2 };
    const statuses = async ({ url }: RunningSimulator): Promise<number[]> => {
      const found: number[] = [];
      for (let seed = 0; seed < 20; seed += 1) {
        const answer = await fetch(`${url}/v1/images/generations`, {
          method: 'POST',
          headers: { [FAULTS_HEADER]: JSON.stringify({ transport }) },
          body: JSON.stringify({ prompt: 'a cat', seed }),
        });
        if (answer.status === 429) expect(answer.headers.get('retry-after')).toBe('2');
        found.push(answer.status);
      }
      return found;
    };
    const first = await statuses(simulator);
    expect(new Set(first)).toEqual(new Set([200, 429, 500]));
    expect(await statuses(twin)).toEqual(first);
  });
});

describe('scores of pictures', () => {
  const row = { x: 'a red fox', y: PROMPT, rowKey: 4 };

  it('differ with the seed of the pictures by noise alone', async () => {
    const options = { seed: 1, imagesPerPrompt: 3 };
    const [score, other] = await scoreDirectly(providers, [row, { ...row, rowKey: 5 }], options);
    expect(other).not.toEqual(score);
    expect(Math.abs(other!.pick - score!.pick)).toBeLessThan(2.5);
  });
  it('compare them with x for PickScore, and look at them alone for the aesthetic score', async () => {
    const rows = [row, { ...row, x: 'an old ship at sea' }];
    const [fox, ship] = await scoreDirectly(providers, rows, { seed: 1, imagesPerPrompt: 4 });
    // The ship's three words are lost: 2.4 points, against noise of .25.
    expect(ship!.pick).toBeLessThan(fox!.pick - 1);
    expect(ship!.aesthetic).toBe(fox!.aesthetic);
  });
  it('are low for an empty text', async () => {
    const empty = { x: 'a fox', y: '', rowKey: 1 };
    const [score] = await scoreDirectly(providers, [empty], { seed: 1, imagesPerPrompt: 1 });
    expect(score!.pick).toBeLessThan(19);
  });
  it('stop when aborted', async () => {
    const late = misbehavingProviders({ latency: { medianMs: 100, p95Ms: 100 } });
    const abort = new AbortController();
    const rows = Array.from({ length: 500 }, (_, rowKey) => ({ x: 'a', y: PROMPT, rowKey }));
    const options = { seed: 1, imagesPerPrompt: 1, signal: abort.signal };
    const work = scoreDirectly(late, rows, options);
    setTimeout(() => {
      abort.abort(new Error('run cancelled'));
    }, 50);
    await expect(work).rejects.toThrow('run cancelled');
  });
});
