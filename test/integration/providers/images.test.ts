import { afterEach, describe, expect, it } from 'vitest';
import { providersSchema } from '../../../recipe/sections/providers.js';
import {
  createImageClient,
  fetchImage,
  imageUrl,
  type ImageClient,
} from '../../../providers/images.js';
import { createProviders } from '../../../providers/providers.js';
import { writeSimulatedPng } from '../../../providers/simulator/png.js';
import { clientOptions } from '../../support/made-up/client-options.js';
import {
  startLoopbackServer,
  type LoopbackAnswer,
  type LoopbackRequest,
  type LoopbackServer,
} from '../../support/servers/loopback-server.js';

const { images: defaults } = providersSchema.parse({
  chat: {},
  captions: {},
  images: {},
  scores: {},
});
const png = (seed: number): Buffer =>
  writeSimulatedPng({ simulated: true, prompt: 'a cat', seed, index: 0 });
const base64 = (seed: number): string => png(seed).toString('base64');
const ask = { prompt: 'a cat', count: 1, seed: 7 };
let server: LoopbackServer | undefined;

async function clientOf(
  handle: (request: LoopbackRequest) => LoopbackAnswer,
  options: Partial<typeof defaults> = {},
): Promise<{ client: ImageClient; server: LoopbackServer }> {
  server = await startLoopbackServer(handle);
  const { protocol, maxPerCall, drawing } = { ...defaults, ...options };
  const base = { ...clientOptions(server.url), provider: 'images' };
  return { client: createImageClient({ ...base, protocol, maxPerCall, drawing }), server };
}

afterEach(async () => {
  await server?.stop();
  server = undefined;
});

describe('OpenAI-compatible images', () => {
  const drawn = ({ json }: LoopbackRequest): LoopbackAnswer => {
    const { n, seed } = json() as { n: number; seed: number };
    const data = Array.from({ length: n }, (_, index) => ({ b64_json: base64(seed + index) }));
    return { body: { data } };
  };
  it('asks for all pictures of a prompt in one call', async () => {
    const { client, server } = await clientOf(drawn);
    expect(await client.generate({ ...ask, count: 3 })).toHaveLength(3);
    expect(server.seen.map((request) => request.json())).toEqual([
      {
        model: 'tiny',
        prompt: 'a cat',
        n: 3,
        size: '512x512',
        seed: 7,
        response_format: 'b64_json',
      },
    ]);
  });
  it('gives each picture its own seed where one call draws one, in the order of the seeds', async () => {
    const { client, server } = await clientOf(drawn, { maxPerCall: 1 });
    const images = await client.generate({ ...ask, count: 4 });
    expect(images).toEqual([7, 8, 9, 10].map((seed) => ({ base64: base64(seed) })));
    expect(server.seen).toHaveLength(4);
  });
  it('reads data URLs', async () => {
    const { client } = await clientOf(() => ({
      body: { data: [{ url: `data:image/png;base64,${base64(1)}` }] },
    }));
    expect(await client.generate(ask)).toEqual([{ base64: base64(1) }]);
  });
  it('fetches a picture from the host that drew it, without the key', async () => {
    const { client, server } = await clientOf(({ path, headers }) =>
      path === '/v1/images/generations'
        ? { body: { data: [{ url: `http://${headers.host ?? ''}/files/1.png` }] } }
        : path === '/files/1.png'
          ? { status: 302, headers: { location: '/files/2.png' } }
          : { body: png(1) },
    );
    expect(await client.generate(ask)).toEqual([{ base64: base64(1) }]);
    expect(server.seen[2]?.headers.authorization).toBeUndefined();
  });
  it.each([
    ['another count', { data: [{ b64_json: base64(1) }, { b64_json: base64(2) }] }, '2 pictures'],
    ['bytes of no picture', { data: [{ b64_json: 'AAAA' }] }, 'none of PNG'],
    ['a data URL of no picture', { data: [{ url: 'data:text/html,hello' }] }, 'none of PNG'],
    ['a file address', { data: [{ url: 'file:///etc/passwd' }] }, 'no http(s) address'],
    ['a plain http address', { data: [{ url: 'http://example.org/1.png' }] }, 'is not https'],
    ['an inner address', { data: [{ url: 'https://169.254.169.254/x' }] }, 'not a public address'],
    ['the same in IPv6', { data: [{ url: 'https://[::ffff:10.0.0.1]/x' }] }, 'not a public'],
    ['a name of an inner address', { data: [{ url: 'https://localhost/x' }] }, 'not a public'],
  ])('puts the row aside for %s', async (_name, body, message) => {
    const { client, server } = await clientOf(() => ({ body }));
    await expect(client.generate(ask)).rejects.toMatchObject({
      name: 'ProviderRowError',
      message: expect.stringContaining(message) as string,
    });
    expect(server.seen).toHaveLength(1);
  });
});

describe('fetchImage', () => {
  const fetchFrom = async (answer: LoopbackAnswer, maxBytes?: number) => {
    server = await startLoopbackServer(() => answer);
    return fetchImage(`${server.url}/a.png?secret=1`, {
      trustedHosts: [new URL(server.url).host],
      timeoutMs: 2000,
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
  };
  it.each([
    ['a longer file than allowed', { body: png(1) }, 50, 'is longer than 50 bytes'],
    ['a page', { body: Buffer.from('<html>') }, undefined, 'none of PNG'],
    ['a missing file', { status: 404 }, undefined, 'answered 404'],
    ['going round', { status: 302, headers: { location: '/' } }, undefined, 'redirects'],
    [
      'being sent to an inner address',
      { status: 302, headers: { location: 'https://10.0.0.1/' } },
      undefined,
      'not a public address',
    ],
  ])('refuses %s, and tells no query', async (_name, answer, maxBytes, message) => {
    const failure = await fetchFrom(answer, maxBytes).catch((error: unknown) => String(error));
    expect(failure).toContain(message);
    expect(failure).not.toContain('secret');
  });
  it('trusts a host with its port only: another port of the same machine is another service', async () => {
    server = await startLoopbackServer(() => ({ body: png(1) }));
    for (const trustedHosts of [['127.0.0.1'], ['127.0.0.1:1']]) {
      const fetched = fetchImage(server.url, { trustedHosts, timeoutMs: 2000 });
      await expect(fetched).rejects.toThrow('is not https');
    }
    expect(server.seen).toEqual([]);
  });
  it('stops after its time', async () => {
    server = await startLoopbackServer(() => new Promise(() => undefined));
    const fetched = fetchImage(server.url, {
      trustedHosts: [new URL(server.url).host],
      timeoutMs: 50,
    });
    await expect(fetched).rejects.toThrow();
  });
});

describe('the Stable Diffusion web interface', () => {
  const draw = ({ json }: LoopbackRequest): LoopbackAnswer => {
    const { batch_size: count, seed } = json() as { batch_size: number; seed: number };
    const all_seeds = Array.from({ length: count }, (_, index) => seed + index);
    return {
      body: { images: all_seeds.map(base64), parameters: {}, info: JSON.stringify({ all_seeds }) },
    };
  };
  const sdapi = { protocol: 'sdapi' } as const;

  it('draws the seeds from the first on, as the recipe says', async () => {
    const drawing = { width: 768, height: 512, steps: 30, sampler: 'DPM++ 2M', guidance: 6 };
    const { client, server } = await clientOf(draw, { ...sdapi, drawing, maxPerCall: 2 });
    const images = await client.generate({ ...ask, count: 3 });
    expect(images).toEqual([7, 8, 9].map((seed) => ({ base64: base64(seed) })));
    const first = server.seen.find((request) => request.json()['seed'] === 7);
    expect(first?.path).toBe('/sdapi/v1/txt2img');
    expect(first?.json()).toMatchObject({
      prompt: 'a cat',
      batch_size: 2,
      n_iter: 1,
      steps: 30,
      width: 768,
      height: 512,
      sampler_name: 'DPM++ 2M',
      cfg_scale: 6,
      override_settings: { sd_model_checkpoint: 'tiny' },
    });
    expect(server.seen).toHaveLength(2);
  });
  it('leaves out a contact sheet', async () => {
    const info = JSON.stringify({ index_of_first_image: 1, all_seeds: [7] });
    const { client } = await clientOf(
      () => ({ body: { images: [base64(99), base64(7)], info } }),
      sdapi,
    );
    expect(await client.generate(ask)).toEqual([{ base64: base64(7) }]);
  });
  it.each([
    ['other seeds', { images: [base64(1)], info: '{"all_seeds":[8]}' }, 'seeds 8 instead of 7'],
    ['too few pictures', { images: [], info: '{}' }, '0 pictures instead of 1'],
    ['an info that is not JSON', { images: [base64(1)], info: 'done' }, '`info`'],
    ['bytes of no picture', { images: ['AAAA'], info: '{}' }, 'none of PNG'],
  ])('puts the row aside for %s', async (_name, body, message) => {
    const { client } = await clientOf(() => ({ body }), sdapi);
    await expect(client.generate(ask)).rejects.toMatchObject({
      name: 'ProviderRowError',
      message: expect.stringContaining(message) as string,
    });
  });
  it('sends user and password as the interface asks for them', async () => {
    server = await startLoopbackServer(draw);
    const { images } = createProviders(
      providersSchema.parse({
        chat: {},
        captions: {},
        images: { url: server.url, protocol: 'sdapi' },
        scores: {},
      }),
      { simulatorUrl: 'http://127.0.0.1:1', keys: { images: 'user:password' } },
    );
    await images.generate(ask);
    expect(server.seen[0]?.headers.authorization).toBe('Basic dXNlcjpwYXNzd29yZA==');
    expect(server.seen[0]?.json()).not.toHaveProperty('override_settings');
  });
});

describe('imageUrl', () => {
  it('tells the type by the bytes', () => {
    expect(imageUrl({ base64: base64(1) })).toMatch(/^data:image\/png;base64,iVBOR/);
    expect(imageUrl({ base64: '/9j/AAAA' })).toBe('data:image/jpeg;base64,/9j/AAAA');
  });
});
