import type { ProviderName, ProvidersSettings } from '../recipe/sections/providers.js';
import { createChatClient, type ChatClient } from './chat.js';
import { createImageClient, type ImageClient } from './images.js';
import { faultsHeader } from './faults-header.js';
import type { ClientOptions } from './request.js';
import { createScoreClient, type ScoreClient } from './scores.js';
import type { Usage } from './usage.js';

/** API keys by provider; they come from the environment only. */
export type ProviderKeys = Partial<Record<ProviderName, string>>;

export interface Providers {
  chat: ChatClient;
  captions: ChatClient;
  images: ImageClient;
  scores: ScoreClient;
  /** What each client has used so far. */
  usage(): Record<ProviderName, Usage>;
  /** Providers whose answers are simulated: everything made of them must say so. */
  simulated: ProviderName[];
}

/**
 * The four clients of a recipe's `providers` section; `simulator` addresses become `simulatorUrl`.
 *
 * `share`, above 0 and at most 1, is the part of the recipe's concurrency and rates these clients may use: whoever runs
 * several at once divides the limits among them. At least one request is always in flight.
 * A key goes only to the server it is for, never to the simulator.
 */
export function createProviders(
  settings: ProvidersSettings,
  options: { simulatorUrl: string; keys?: ProviderKeys; share?: number },
): Providers {
  const names = ['chat', 'captions', 'images', 'scores'] as const;
  const share = options.share ?? 1;
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Expected a share of the limits above 0 and at most 1, found ${share}`);
  }
  const clientOptions = (provider: ProviderName): ClientOptions => {
    const endpoint = settings[provider];
    const simulated = endpoint.url === 'simulator';
    const apiKey = simulated ? undefined : options.keys?.[provider];
    const { tokensPerMinute, breaker } = endpoint;
    return {
      provider,
      url: simulated ? options.simulatorUrl : endpoint.url,
      model: endpoint.model,
      timeoutMs: endpoint.timeoutSeconds * 1000,
      concurrency: Math.max(1, Math.floor(endpoint.concurrency * share)),
      // The simulator is this machine's own: nobody's quota to protect.
      requestsPerMinute: simulated ? Infinity : endpoint.requestsPerMinute * share,
      tokensPerMinute: simulated || tokensPerMinute === null ? null : tokensPerMinute * share,
      share,
      maxAttempts: endpoint.maxAttempts,
      price: endpoint.price,
      breaker: {
        failures: breaker.failures,
        openMs: breaker.openSeconds * 1000,
        giveUpMs: breaker.giveUpSeconds * 1000,
      },
      ...(apiKey ? { apiKey } : {}),
      ...(simulated ? { headers: faultsHeader(settings.simulator) } : {}),
    };
  };
  const chat = createChatClient(clientOptions('chat'));
  const captions = createChatClient(clientOptions('captions'));
  const { protocol, maxPerCall, drawing } = settings.images;
  const images = createImageClient({
    ...clientOptions('images'),
    // Its users are named on its command line, as `user:password`.
    hasBasicKey: protocol === 'sdapi',
    protocol,
    maxPerCall,
    drawing,
  });
  const { models, maxBatch } = settings.scores;
  const scores = createScoreClient({ ...clientOptions('scores'), models, maxBatch });
  return {
    chat,
    captions,
    images,
    scores,
    usage: () => ({
      chat: { ...chat.usage },
      captions: { ...captions.usage },
      images: { ...images.usage },
      scores: { ...scores.usage },
    }),
    simulated: names.filter((name) => settings[name].url === 'simulator'),
  };
}
