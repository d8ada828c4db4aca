import type { ProviderName, ProvidersSettings } from '../recipe/sections/providers.js';
import { createChatClient, type ChatClient } from './chat.js';
import { createImageClient, type ImageClient } from './images.js';
import { faultsHeader } from './faults-header.js';
import type { ClientOptions } from './request.js';
import { createScoreClient, type ScoreClient } from './scores.js';

/** API keys by provider; they come from the environment only. */
type ProviderKeys = Partial<Record<ProviderName, string>>;

export interface Providers {
  chat: ChatClient;
  captions: ChatClient;
  images: ImageClient;
  scores: ScoreClient;
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
  const { protocol, maxPerCall, drawing } = settings.images;
  const { models, maxBatch } = settings.scores;
  const clients = {
    chat: createChatClient(clientOptions('chat')),
    captions: createChatClient(clientOptions('captions')),
    images: createImageClient({
      ...clientOptions('images'),
      // Its users are named on its command line, as `user:password`.
      hasBasicKey: protocol === 'sdapi',
      protocol,
      maxPerCall,
      drawing,
    }),
    scores: createScoreClient({ ...clientOptions('scores'), models, maxBatch }),
  };
  const names = Object.keys(clients) as (keyof typeof clients)[];
  return {
    ...clients,
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
    breaker: {
      failures: breaker.failures,
      openMs: breaker.openSeconds * 1000,
      giveUpMs: breaker.giveUpSeconds * 1000,
    },
    ...(apiKey ? { apiKey } : {}),
    ...(isSimulated ? { headers: faultsHeader(settings.simulator) } : {}),
  };
}
