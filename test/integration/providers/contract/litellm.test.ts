import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { providersSchema } from '../../../../recipe/sections/providers.js';
import { captionMessages, improveMessages } from '../../../../providers/instructions.js';
import { createProviders, type Providers } from '../../../../providers/providers.js';
import { findServer, howToInstall } from '../../../support/servers/contracts/environments.js';
import {
  startLiteLlm,
  type ForeignServer,
} from '../../../support/servers/contracts/start-server.js';

import { watchRequests } from '../../../support/servers/watch-requests.js';

const program = findServer('litellm');
const PICTURE = 'iVBORw0KGgo=';

describe.skipIf(program === undefined)(`a LiteLLM proxy (${howToInstall})`, () => {
  let server: ForeignServer;
  beforeAll(async () => {
    server = await startLiteLlm(program!);
  });
  afterAll(() => server.stop());

  function clientsOf(model: string, key = 'sk-contract'): Providers {
    const endpoint = { url: server.url, model, maxAttempts: 2 };
    return createProviders(
      providersSchema.parse({ chat: endpoint, captions: endpoint, images: endpoint }),
      { simulatorUrl: '', keys: { chat: key, captions: key, images: key } },
    );
  }
  const ask = (providers: Providers) =>
    providers.chat.complete({
      messages: improveMessages('a red fox'),
      seed: 7,
      temperature: 0.7,
      maxTokens: 64,
    });

  it('gives the chat client a text, how it ended and the tokens it took', async () => {
    const providers = clientsOf('chat');
    const sent = await watchRequests(async () => {
      expect(await ask(providers)).toMatchObject({
        text: 'a red fox in the snow',
        finishReason: 'stop',
        refusal: null,
        promptTokens: 10,
        completionTokens: 20,
      });
    });
    expect(sent).toHaveLength(1);
  });
  it('takes a message with a picture', async () => {
    const messages = captionMessages(`data:image/png;base64,${PICTURE}`);
    const request = { messages, seed: 7, temperature: 0.7, maxTokens: 64 };
    expect((await clientsOf('chat').captions.complete(request)).text).toBe('a red fox in the snow');
  });
  it.each([
    ['limited', 'ProviderUnavailableError', 2],
    ['broken', 'ProviderUnavailableError', 2],
    ['too-long', 'ProviderRowError', 1],
  ])('whose model is %s makes %s after %i attempts', async (model, name, attempts) => {
    const providers = clientsOf(model);
    const sent = await watchRequests(() => expect(ask(providers)).rejects.toMatchObject({ name }));
    expect(sent).toHaveLength(attempts);
  });
  it('answers 400 to another key, as it has no database of keys: the client is refused, the key not repeated', async () => {
    const providers = clientsOf('chat', 'sk-another-key');
    const error: unknown = await ask(providers).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ProviderRefusedError', failure: { status: 400 } });
    expect((error as Error).message).not.toContain('sk-another-key');
  });
  it('answers 400 to a model it does not have: the client is refused, by the field of the recipe', async () => {
    for (const model of ['beauty', 'beauty-1.5:7b']) {
      const error: unknown = await ask(clientsOf(model)).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ name: 'ProviderRefusedError', failure: { status: 400 } });
      expect((error as Error).message).toContain(
        `no model \`${model}\`: change providers.chat.model`,
      );
    }
    await expect(
      clientsOf('beauty').images.generate({ prompt: 'a red fox', count: 1, seed: 1 }),
    ).rejects.toMatchObject({
      name: 'ProviderRefusedError',
      message: expect.stringContaining(
        'no model `beauty`: change providers.images.model',
      ) as string,
    });
  });
  it('gives the image client a picture as a data URL, and is found out when it gives too few', async () => {
    const { images } = clientsOf('pictures');
    expect(await images.generate({ prompt: 'a red fox', count: 1, seed: 1 })).toEqual([
      { base64: PICTURE },
    ]);
    await expect(images.generate({ prompt: 'a red fox', count: 2, seed: 1 })).rejects.toThrow(
      '1 pictures instead of 2',
    );
  });
});
