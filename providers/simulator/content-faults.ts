import type { SimulatorSettings } from '../../recipe/sections/simulator.js';
import { keyOf, uniform } from '../../text/random.js';
import { drawShare } from './recipe-faults.js';

/** What a chat model says, as far as clients look at it. */
export interface ChatMessageAnswer {
  content: string | null;
  /** OpenAI's own field for a refusal. */
  refusal?: string;
  finishReason: 'stop' | 'length' | 'content_filter';
}

const CONTENT_FAULTS = [
  'refusal',
  'otherLanguage',
  'duplicate',
  'empty',
  'cut',
  'offFormat',
] as const;
const CONTENT = keyOf('content fault');
const VARIANT = keyOf('content variant');

const REFUSALS = [
  "I'm sorry, but I can't help with that request.",
  'I cannot create content that depicts real people in this way.',
  'As an AI language model, I am unable to assist with this prompt.',
];
const OTHER_LANGUAGES = [
  'un zorro rojo en la nieve con una luz muy bonita sobre los árboles',
  'ein alter mann mit einem hut und eine katze auf dem dach',
  'une rue de paris avec des voitures dans la nuit et les lumières',
  'старый корабль в бурном море на закате',
  '雪の中の赤い狐、美しい光',
];

/**
 * A chat answer as a recipe wants it spoilt: drawn by (server's seed, recipe's seed, request), so that the same request
 * always gets the same answer, and one with another `seed` draws again.
 *
 * `other(place)` is the answer to another row, for a place in [0, 1).
 */
export function spoilAnswer(
  text: string,
  { settings, digest }: { settings: SimulatorSettings; digest: number },
  { serverSeed, other }: { serverSeed: number; other: (place: number) => string },
): ChatMessageAnswer {
  const keys = [serverSeed, settings.seed, digest, digest / 2 ** 32] as const;
  const variant = uniform(VARIANT, ...keys);
  const pick = (list: readonly string[]): string => list[Math.floor(variant * list.length)] ?? text;
  switch (drawShare(CONTENT_FAULTS, settings.content, uniform(CONTENT, ...keys))) {
    case undefined:
      return { content: text, finishReason: 'stop' };
    case 'refusal':
      // Servers refuse in three ways: in words, in the field for it, by a filter.
      if (variant < 0.5) return { content: pick(REFUSALS), finishReason: 'stop' };
      return variant < 0.8
        ? { content: null, refusal: pick(REFUSALS), finishReason: 'stop' }
        : { content: '', finishReason: 'content_filter' };
    case 'otherLanguage':
      return { content: pick(OTHER_LANGUAGES), finishReason: 'stop' };
    case 'duplicate':
      return { content: other(variant), finishReason: 'stop' };
    case 'empty':
      return { content: pick(['', ' ', '\n']), finishReason: 'stop' };
    case 'cut':
      return { content: text.slice(0, Math.ceil(text.length * 0.6)), finishReason: 'length' };
    case 'offFormat':
      return {
        content: pick([
          `Sure! Here is what you asked for:\n\n${text}`,
          `1. ${text}\n2. ${text}, in another style\n3. ${text}, once more`,
          `**Answer:**\n\n\`\`\`\n${text}\n\`\`\`\n\nLet me know if you need anything else!`,
        ]),
        finishReason: 'stop',
      };
  }
}
