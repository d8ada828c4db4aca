import type { PairRoute, PromptRow } from '../../../contracts/records.js';
import { imageUrl } from '../../../providers/images.js';
import {
  captionMessages,
  improveMessages,
  summariseMessages,
} from '../../../providers/instructions.js';
import type { Providers } from '../../../providers/providers.js';
import { keyOf, randomBits } from '../../../text/random.js';

export type PairProviders = Pick<Providers, 'chat' | 'captions' | 'images'>;

/** A description or a prompt of some fifty words and room to spare; longer answers are not wanted. */
const MAX_ANSWER_TOKENS = 160;
const TEMPERATURE = 0.7;

/**
 * What the providers answer for a row by a route: the plain description for `caption` and `summary`, the better prompt
 * for `improved`.
 *
 * The request's seed depends on (seed, row id, route) alone.
 * @throws ProviderRowError, ProviderUnavailableError or ProviderRefusedError.
 */
export async function askProviders(
  providers: PairProviders,
  row: Pick<PromptRow, 'id' | 'prompt'>,
  options: { route: PairRoute; seed: number; signal: AbortSignal },
): Promise<string> {
  const { route, signal } = options;
  // 31 bits: some servers take signed numbers only.
  const seed = randomBits(options.seed, keyOf(row.id), keyOf(route)) >>> 1;
  const request = { seed, temperature: TEMPERATURE, maxTokens: MAX_ANSWER_TOKENS, signal };
  if (route === 'caption') {
    const images = await providers.images.generate({ prompt: row.prompt, count: 1, seed, signal });
    const messages = images.slice(0, 1).flatMap((image) => captionMessages(imageUrl(image)));
    return (await providers.captions.complete({ ...request, messages })).text;
  }
  const messages = (route === 'summary' ? summariseMessages : improveMessages)(row.prompt);
  return (await providers.chat.complete({ ...request, messages })).text;
}
