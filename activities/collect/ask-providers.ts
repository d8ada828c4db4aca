import type { ProviderName, ProvidersSettings } from '../../recipe/sections/providers.js';
import type { PromptRow } from '../../contracts/records.js';
import type { PairRoute } from '../../recipe/stage.js';
import type { ChatAnswer, ChatMessage } from '../../providers/chat.js';
import { classifyAnswer, unwrapAnswer } from '../../providers/classify-answer.js';
import { imageUrl } from '../../providers/images.js';
import {
  captionMessages,
  improveMessages,
  summariseMessages,
} from '../../providers/instructions.js';
import type { Providers } from '../../providers/providers.js';
import { costOf } from '../../providers/cost.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { keyOf, randomBits } from '../../text/random.js';
import { logPartOf } from '../paid/shard-layout.js';
import { type Budget, whileMalformed } from '../paid/budget.js';
import { keepPicture, loadPicture, type KeptPicture } from '../paid/pictures.js';

export type PairProviders = Pick<Providers, 'chat' | 'captions' | 'images'>;

/** A description or a prompt has some fifty words; the tokens leave room to spare, and longer answers are not wanted. */
const answerSettings = { temperature: 0.7, maxTokens: 160 };

export interface AskOptions {
  providers: PairProviders;
  endpoints: ProvidersSettings;
  budget: Budget;
  /** Keeps the pictures that were paid for. */
  store: ObjectStore;
  /** The picture that a row's source has, as a `data:` URL. */
  readPicture: (address: string) => Promise<string>;
  seed: number;
  signal: AbortSignal;
}

/** What a row's providers said: a usable text, or what came back instead. */
export type Asked = { text: string } | { reason: string; answer: string };

/**
 * What the providers answer for a row by a route: the plain description for `caption` and `summary`, the better prompt
 * for `improved`. An answer that is no use is asked for again with another seed, as often as the recipe says.
 *
 * The request's seed depends on (seed, row id, route, attempt) alone; an answer that is recorded is not asked for.
 * @throws ImageUnreadableError, ProviderRowError, ProviderUnavailableError, ProviderRefusedError or AllowanceSpentError.
 */
export async function askProviders(
  row: Pick<PromptRow, 'id' | 'prompt' | 'image'>,
  route: PairRoute,
  options: AskOptions,
): Promise<Asked> {
  const { endpoints, seed } = options;
  const provider = route === 'caption' ? 'captions' : 'chat';
  const keys = [seed, keyOf(row.id), keyOf(route)];
  const messages = await messagesFor(row, route, { ...options, keys });
  let last: Asked = { reason: 'no answer was asked for', answer: '' };
  for (let attempt = 0; attempt <= endpoints[provider].answerAttempts; attempt += 1) {
    const answerKeys = attempt === 0 ? keys : [...keys, attempt];
    const answer = await complete(messages, provider, { ...options, row, keys: answerKeys });
    const kind = classifyAnswer(answer);
    if (kind === 'usable') return { text: unwrapAnswer(answer.text) };
    last = { reason: `answer ${kind}`, answer: answer.refusal ?? answer.text };
  }
  return last;
}

async function complete(
  messages: ChatMessage[],
  provider: 'chat' | 'captions',
  options: AskOptions & { row: Pick<PromptRow, 'id'>; keys: number[] },
): Promise<ChatAnswer> {
  const { providers, endpoints, budget, row, signal } = options;
  const request = { messages, seed: seedOf(options.keys), ...answerSettings };
  return budget.pay({
    provider,
    endpoint: endpointOf(endpoints, provider),
    request,
    logPart: logPartOf(row.id),
    send: async () => {
      const value = await whileMalformed(endpoints[provider].answerAttempts, () =>
        providers[provider].complete({ ...request, signal }),
      );
      const cost = costOf({ calls: 1, ...value }, endpoints[provider].price);
      return { value, cost };
    },
  });
}

async function messagesFor(
  row: Pick<PromptRow, 'id' | 'prompt' | 'image'>,
  route: PairRoute,
  options: AskOptions & { keys: number[] },
): Promise<ChatMessage[]> {
  if (route === 'summary') return summariseMessages(row.prompt);
  if (route === 'improved') return improveMessages(row.prompt);
  if (row.image !== undefined) return captionMessages(await options.readPicture(row.image));
  return captionMessages(imageUrl({ base64: await drawPicture(row, options) }));
}

/** A picture of the prompt, in base64: paid for once. */
async function drawPicture(
  row: Pick<PromptRow, 'id' | 'prompt'>,
  options: AskOptions & { keys: number[] },
): Promise<string> {
  const { providers, endpoints, budget, store, keys, signal } = options;
  const request = { prompt: row.prompt, count: 1, seed: seedOf(keys) };
  const kept = await budget.pay<KeptPicture>({
    provider: 'images',
    endpoint: endpointOf(endpoints, 'images'),
    request,
    logPart: logPartOf(row.id),
    send: async () => {
      const [image] = await whileMalformed(endpoints.captions.answerAttempts, () =>
        providers.images.generate({ ...request, signal }),
      );
      if (image === undefined || !('base64' in image))
        throw new Error('The images client gave no picture.');
      const cost = costOf({ calls: 1, images: 1 }, endpoints.images.price);
      return { value: await keepPicture(store, image.base64), cost };
    },
  });
  return loadPicture(store, kept);
}

/** 31 bits: some servers take signed numbers only. */
function seedOf(keys: number[]): number {
  return randomBits(...keys) >>> 1;
}

function endpointOf(endpoints: ProvidersSettings, provider: ProviderName) {
  const { url, model } = endpoints[provider];
  const { seed, content } = endpoints.simulator;
  return url === 'simulator' ? { url, model, seed, content } : { url, model };
}
