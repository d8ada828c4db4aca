import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { providersSchema } from '../../../recipe/sections/providers.js';
import { improveMessages } from '../../../providers/instructions.js';
import { createProviders, type Providers } from '../../../providers/providers.js';
import { readSimulatedPng } from '../../../providers/simulator/png.js';
import { watchRequests } from '../../support/servers/watch-requests.js';
import { startSimulator, type RunningSimulator } from '../../../providers/simulator/simulator.js';

let simulator: RunningSimulator;
beforeEach(async () => {
  simulator = await startSimulator({ seed: 5, port: 0 });
});
afterEach(() => simulator.stop());

function providersOf(misbehaviour: object, images: object = {}): Providers {
  const settings = providersSchema.parse({ simulator: misbehaviour, images });
  return createProviders(settings, { simulatorUrl: simulator.url });
}
const ask = (providers: Providers, text: string, seed = 1): Promise<string> =>
  providers.chat
    .complete({ messages: improveMessages(text), seed, temperature: 0.7, maxTokens: 64 })
    .then(
      (answer) => answer.text,
      (error: unknown) => (error as Error).name,
    );
const rows = Array.from({ length: 60 }, (_, row) => `a red fox number ${row}`);
const post = (path: string, body: unknown, misbehaviour?: object): Promise<Response> =>
  fetch(`${simulator.url}${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(misbehaviour && { 'x-burnish-misbehave': JSON.stringify(misbehaviour) }),
    },
    body: JSON.stringify(body),
  });
const picture = (seed: number): unknown => ({ prompt: 'a red fox', seed });

describe('a recipe that wants the simulator to misbehave', () => {
  it('gets every answer in the end where faults are of the wire, and the same as without them', async () => {
    const calm = providersOf({});
    const troubled = providersOf({
      transport: {
        tooManyRequests: 0.1,
        retryAfterSeconds: 0.01,
        serverError: 0.1,
        cutConnection: 0.1,
        cutBody: 0.1,
      },
    });
    const wanted = await Promise.all(rows.map((row) => ask(calm, row)));
    const sent = await watchRequests(async () => {
      expect(await Promise.all(rows.map((row) => ask(troubled, row)))).toEqual(wanted);
    });
    expect(sent.length).toBeGreaterThan(75);
    expect(sent.length).toBeLessThan(140);
  });
  it('is served by the simulator that serves another recipe well at the same time', async () => {
    const calm = providersOf({});
    const refused = providersOf({ content: { empty: 1 } });
    const [good, bad] = await Promise.all([ask(calm, rows[0]!), ask(refused, rows[0]!)]);
    expect(good).toMatch(/^a red fox number 0, /);
    expect(bad).not.toContain('red fox');
  });
  it('gets the same answers again from another simulator, in another order', async () => {
    const content = { refusal: 0.2, otherLanguage: 0.2, duplicate: 0.2, cut: 0.2 };
    const first = await Promise.all(rows.map((row) => ask(providersOf({ content }), row)));
    await simulator.stop();
    simulator = await startSimulator({ seed: 5, port: 0 });
    const again = await Promise.all(
      rows.toReversed().map((row) => ask(providersOf({ content }), row)),
    );
    expect(again.toReversed()).toEqual(first);
    const otherSeed = await Promise.all(rows.map((row) => ask(providersOf({ content }), row, 2)));
    expect(otherSeed).not.toEqual(first);
  });
  it('fails the same requests, whatever their order', async () => {
    const transport = { serverError: 0.5 };
    const statuses = async (seeds: number[]): Promise<number[]> => {
      const found: number[] = [];
      for (const seed of seeds) {
        found.push((await post('/sdapi/v1/txt2img', picture(seed), { transport })).status);
      }
      return found;
    };
    const seeds = rows.map((_, row) => row);
    const first = await statuses(seeds);
    expect(new Set(first)).toEqual(new Set([200, 500]));
    await simulator.stop();
    simulator = await startSimulator({ seed: 5, port: 0 });
    expect((await statuses(seeds.toReversed())).toReversed()).toEqual(first);
  });
  it('hangs until the client gives up, and sends half of a text', async () => {
    const hasty = providersOf({ transport: { hang: 1 } }, { timeoutSeconds: 0.1, maxAttempts: 2 });
    const image = { prompt: 'a cat', count: 1, seed: 1 };
    await expect(hasty.images.generate(image)).rejects.toThrow('no answer within 100 ms');
    const torn = await post('/sdapi/v1/txt2img', picture(1), { transport: { invalidJson: 1 } });
    expect(torn.status).toBe(200);
    await expect(torn.json()).rejects.toThrow(/JSON/);
    const cut = await post('/sdapi/v1/txt2img', picture(1), { transport: { cutBody: 1 } });
    await expect(cut.text()).rejects.toThrow('terminated');
  });
  it('is told what is wrong with its header', async () => {
    const answer = await post('/sdapi/v1/txt2img', picture(1), { explode: 1 });
    expect(answer.status).toBe(400);
    expect(await answer.text()).toMatch(/x-burnish-misbehave.*explode/);
  });
});

describe('the counts of calls', () => {
  it('hold whole answers by path, and those given before', async () => {
    await post('/sdapi/v1/txt2img', picture(1));
    await post('/sdapi/v1/txt2img', picture(2));
    await post('/sdapi/v1/txt2img', picture(1));
    await post('/sdapi/v1/txt2img', picture(3), { transport: { serverError: 1 } });
    await post('/sdapi/v1/txt2img', picture(4), { transport: { invalidJson: 1 } });
    await post('/sdapi/v1/txt2img', { seed: 'no number' });
    await post('/v1/images/generations', { prompt: 'a cat' });
    const counts = await fetch(`${simulator.url}/counts`);
    expect(await counts.json()).toEqual({
      answered: { '/sdapi/v1/txt2img': 3, '/v1/images/generations': 1 },
      repeated: { '/sdapi/v1/txt2img': 1 },
    });
  });
});

describe('the Stable Diffusion web API', () => {
  it('draws batches whose pictures have the next seed each', async () => {
    const answer = await post('/sdapi/v1/txt2img', {
      ...(picture(7) as object),
      batch_size: 2,
      n_iter: 2,
      steps: 20,
    });
    expect(answer.headers.get('x-burnish-simulated')).toBe('true');
    const { images, info } = (await answer.json()) as { images: string[]; info: string };
    const shown = images.map((image) => readSimulatedPng(Buffer.from(image, 'base64')));
    expect(shown.map((image) => image?.seed)).toEqual([7, 8, 9, 10]);
    expect(JSON.parse(info)).toMatchObject({ seed: 7, all_seeds: [7, 8, 9, 10], simulated: true });
  });
  it('answers 422 with the field that is wrong', async () => {
    const answer = await post('/sdapi/v1/txt2img', { prompt: 'a cat', batch_size: 0 });
    expect(answer.status).toBe(422);
    expect(await answer.json()).toMatchObject({ detail: [{ loc: ['body', 'batch_size'] }] });
  });
});

describe('hps and clip', () => {
  it('say more of a picture that shows what was asked for', async () => {
    const scores = async (model: string, prompt: string): Promise<number> => {
      const drawn = await post('/v1/images/generations', {
        prompt: 'a red fox in the snow, oil painting, 8k',
        n: 8,
        response_format: 'b64_json',
      });
      const { data } = (await drawn.json()) as { data: { b64_json: string }[] };
      const answer = await post(`/v2/models/${model}/infer`, {
        inputs: [
          { name: 'prompt', datatype: 'BYTES', shape: [8], data: data.map(() => prompt) },
          { name: 'image', datatype: 'BYTES', shape: [8], data: data.map((one) => one.b64_json) },
        ],
      });
      const { outputs } = (await answer.json()) as { outputs: { data: number[] }[] };
      return outputs[0]!.data.reduce((sum, score) => sum + score, 0) / 8;
    };
    for (const [model, low, high] of [
      ['hps', 0.1, 0.4],
      ['clip', 5, 45],
    ] as const) {
      const right = await scores(model, 'a red fox in the snow');
      expect(right).toBeGreaterThan(await scores(model, 'an old ship at sea'));
      expect(right).toBeGreaterThan(low);
      expect(right).toBeLessThan(high);
    }
  });
});
