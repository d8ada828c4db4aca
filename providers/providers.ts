import type { ProviderName, ProvidersSettings } from '../recipe/sections/providers.js';
import { createChatClient, type ChatClient } from './chat.js';
import { createImageClient, type ImageClient } from './images.js';
import { faultsHeader } from './faults-header.js';
import type { ClientOptions } from './request.js';
import { createScoreClient, type ScoreClient } from './scores.js';
import type { Usage } from './usage.js';

/** API keys by provider; they come from the environment only. */
type ProviderKeys = Partial<Record<ProviderName, string>>;

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

interface ProviderOptions {
  simulatorUrl: string;
  keys?: ProviderKeys;
  /** Above 0 and at most 1; default 1. */
  share?: number;
}

/**
 * The four clients of a recipe's `providers` section; `simulator` addresses become `simulatorUrl`.
 *
 * `share` is the part of the recipe's concurrency and rates these clients may use, where several sets of them run at
 * once and divide the limits. At least one request is always in flight.
 * A key goes only to the server it is for, never to the simulator.
 * @throws RangeError if the share is not above 0 and at most 1.
 */
export function createProviders(settings: ProvidersSettings, options: ProviderOptions): Providers {
  const clientOptions = (provider: ProviderName): ClientOptions =>
    clientOptionsOf(provider, settings, options);
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
  const clients = { chat, captions, images, scores } satisfies Record<
    ProviderName,
    { usage: Usage }
  >;
  const names = Object.keys(clients) as ProviderName[];
  return {
    ...clients,
    usage: () =>
      Object.fromEntries(names.map((name) => [name, { ...clients[name].usage }])) as Record<
        ProviderName,
        Usage
      >,
    simulated: names.filter((name) => settings[name].url === 'simulator'),
  };
}

function clientOptionsOf(
  provider: ProviderName,
  settings: ProvidersSettings,
  { simulatorUrl, keys, share = 1 }: ProviderOptions,
): ClientOptions {
  if (!(share > 0 && share <= 1)) {
    throw new RangeError(`Expected a share of the limits above 0 and at most 1, found ${share}`);
  }
  const endpoint = settings[provider];
  const isSimulated = endpoint.url === 'simulator';
  const apiKey = isSimulated ? undefined : keys?.[provider];
  const { tokensPerMinute, breaker } = endpoint;
  return {
    provider,
    url: isSimulated ? simulatorUrl : endpoint.url,
    model: endpoint.model,
    timeoutMs: endpoint.timeoutSeconds * 1000,
    concurrency: Math.max(1, Math.floor(endpoint.concurrency * share)),
    // The simulator is this machine's own and has no quota to protect.
    requestsPerMinute: isSimulated ? Infinity : endpoint.requestsPerMinute * share,
    tokensPerMinute: isSimulated || tokensPerMinute === null ? null : tokensPerMinute * share,
    share,
    maxAttempts: endpoint.maxAttempts,
    price: endpoint.price,
    breaker: {
      failures: breaker.failures,
      openMs: breaker.openSeconds * 1000,
      giveUpMs: breaker.giveUpSeconds * 1000,
    },
    ...(apiKey ? { apiKey } : {}),
    ...(isSimulated ? { headers: faultsHeader(settings.simulator) } : {}),
  };
}
