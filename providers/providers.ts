import type { ProvidersSettings } from '../contracts/recipe/providers.js';
import { createChatClient, type ChatClient } from './chat.js';
import { createImageClient, type ImageClient } from './images.js';
import type { ClientOptions } from './request.js';
import { createScoreTexts, type ScoreTexts } from './score-texts.js';
import { createScoreClient, type ScoreClient } from './scores.js';
import type { Usage } from './usage.js';

export type ProviderName = keyof ProvidersSettings;
/** API keys by provider; they come from the environment only. */
export type ProviderKeys = Partial<Record<ProviderName, string>>;

export interface Providers {
  chat: ChatClient;
  captions: ChatClient;
  images: ImageClient;
  scores: ScoreClient;
  /** Pictures and scores of many texts, batched. */
  scoreTexts: ScoreTexts;
  /** What each client has used so far. */
  usage(): Record<ProviderName, Usage>;
  /** Providers whose answers are simulated: everything made of them must say so. */
  simulated: ProviderName[];
}

/**
 * The four clients of a recipe's `providers` section; `simulator` addresses become `simulatorUrl`.
 *
 * A key goes only to the server it is for, never to the simulator.
 */
export function createProviders(
  settings: ProvidersSettings,
  options: { simulatorUrl: string; keys?: ProviderKeys },
): Providers {
  const names = ['chat', 'captions', 'images', 'scores'] as const;
  const clientOptions = (provider: ProviderName): ClientOptions => {
    const endpoint = settings[provider];
    const simulated = endpoint.url === 'simulator';
    const apiKey = simulated ? undefined : options.keys?.[provider];
    return {
      provider,
      url: simulated ? options.simulatorUrl : endpoint.url,
      model: endpoint.model,
      timeoutMs: endpoint.timeoutSeconds * 1000,
      // The simulator is this machine's own: nobody's quota to protect.
      requestsPerSecond: simulated ? Infinity : endpoint.requestsPerSecond,
      maxAttempts: endpoint.maxAttempts,
      ...(apiKey ? { apiKey } : {}),
    };
  };
  const chat = createChatClient(clientOptions('chat'));
  const captions = createChatClient(clientOptions('captions'));
  const images = createImageClient(clientOptions('images'));
  const scores = createScoreClient(clientOptions('scores'));
  return {
    chat,
    captions,
    images,
    scores,
    scoreTexts: createScoreTexts(images, scores),
    usage: () => ({
      chat: { ...chat.usage },
      captions: { ...captions.usage },
      images: { ...images.usage },
      scores: { ...scores.usage },
    }),
    simulated: names.filter((name) => settings[name].url === 'simulator'),
  };
}
