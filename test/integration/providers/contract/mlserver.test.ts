import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providersSchema } from '../../../../recipe/sections/providers.js';
import { createProviders, type Providers } from '../../../../providers/providers.js';
import { findServer, howToInstall } from '../../../support/servers/contracts/environments.js';
import {
  startMlServer,
  type ForeignServer,
} from '../../../support/servers/contracts/start-server.js';

import { type SentRequest, watchRequests } from '../../../support/servers/watch-requests.js';

/** Requests for scores; those for metadata are not among them. */
const inferences = (sent: SentRequest[]): number =>
  sent.filter(({ path }) => path.endsWith('/infer')).length;
const program = findServer('mlserver');
/** 8 and 10 bytes. */
const images = ['iVBORw0KGgo=', 'iVBORw0KGgoAAA=='].map((base64) => ({ base64 }));

describe.skipIf(program === undefined)(`an MLServer of Seldon (${howToInstall})`, () => {
  let server: ForeignServer;
  beforeAll(async () => {
    server = await startMlServer(program!);
  });
  afterAll(() => server.stop());
  const clientsOf = (scores: object): Providers =>
    createProviders(
      providersSchema.parse({ scores: { url: server.url, maxAttempts: 2, ...scores } }),
      { simulatorUrl: '' },
    );

  it('says that it is ready, with an empty body, and what its models take', async () => {
    const ready = await fetch(`${server.url}/v2/health/ready`);
    expect(ready.status).toBe(200);
    const model = await fetch(`${server.url}/v2/models/pickscore`);
    expect(await model.json()).toMatchObject({
      name: 'pickscore',
      inputs: [
        { name: 'prompt', datatype: 'BYTES', shape: [-1] },
        { name: 'image', datatype: 'BYTES', shape: [-1] },
      ],
      outputs: [{ name: 'score', datatype: 'FP32', shape: [-1] }],
    });
  });
  it('scores pictures, and pictures with texts of any script, row by row', async () => {
    const { scores } = clientsOf({});
    const rows = images.map((image, row) => ({ prompt: ['a fox', 'naïve ✨ 狐'][row]!, image }));
    const sent = await watchRequests(async () => {
      expect(await scores.aesthetic(images)).toEqual([8, 10]);
      for (const model of ['pick', 'hps', 'clip'] as const) {
        expect(await scores[model](rows), model).toEqual([8.5, 10.9]);
      }
    });
    expect(inferences(sent)).toBe(4);
  });
  it('is asked in batches where the recipe bounds them', async () => {
    const { scores } = clientsOf({ maxBatch: 1 });
    const sent = await watchRequests(async () => {
      expect(await scores.aesthetic(images)).toEqual([8, 10]);
    });
    expect(inferences(sent)).toBe(2);
  });
  it('that lacks a model is a refusal for every row, not one to repeat', async () => {
    const { scores } = clientsOf({ models: { aesthetic: 'beauty' } });
    const sent = await watchRequests(() =>
      expect(scores.aesthetic(images)).rejects.toMatchObject({
        name: 'ProviderRefusedError',
        message: expect.stringContaining(
          'no model `beauty`: change providers.scores.models',
        ) as string,
      }),
    );
    expect(inferences(sent)).toBe(1);
  });
});
