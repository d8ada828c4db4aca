import type { PairProviders } from '../../activities/collect/shard/ask-providers.js';
import type { ChatClient } from '../../providers/chat.js';
import type { ImageClient } from '../../providers/images.js';
import { readCollectionRequest } from '../../providers/instructions.js';
import type { TextRow, TextScore } from '../../providers/score-texts.js';
import { createUsage } from '../../providers/usage.js';

/** What a test may do to each text a provider is asked about: throw, or change the answer. */
export interface MadeUpBehaviour {
  onAsked?: (text: string) => void;
}

/** Providers in memory: a summary is the first comma segment, a better prompt the old one with three modifiers. */
export function createMadeUpProviders({
  onAsked = () => undefined,
}: MadeUpBehaviour = {}): PairProviders & {
  simulated: ['chat'];
} {
  const firstPart = (text: string) => text.split(',')[0]!.split(' ').slice(0, 8).join(' ');
  const chat: ChatClient = {
    usage: createUsage(),
    complete({ messages }) {
      const request = readCollectionRequest(messages);
      if (request?.task === 'summarise') return answer(request.prompt, firstPart(request.prompt));
      if (request?.task !== 'improve') throw new Error('not a request of collection');
      return answer(request.description, `${request.description}, 8k, oil painting, soft light`);
    },
  };
  const captions: ChatClient = {
    usage: createUsage(),
    complete({ messages }) {
      const request = readCollectionRequest(messages);
      if (request?.task !== 'caption') throw new Error('not a request for a caption');
      const prompt = Buffer.from(request.imageUrl.split('base64,')[1]!, 'base64').toString();
      return answer(prompt, `a photo of ${firstPart(prompt)}`);
    },
  };
  const images: ImageClient = {
    usage: createUsage(),
    async generate({ prompt, count }) {
      return Array.from({ length: count }, () => ({
        base64: Buffer.from(prompt).toString('base64'),
      }));
    },
  };
  async function answer(asked: string, text: string) {
    onAsked(asked);
    return { text, finishReason: 'stop', refusal: null, promptTokens: 0, completionTokens: 0 };
  }
  return { chat, captions, images, simulated: ['chat'] };
}

/** A score that anyone can work out: `pick` counts x's characters, `aesthetic` y's. */
export function lengthScore(row: Pick<TextRow, 'x' | 'y'>): TextScore {
  return { pick: row.x.length, aesthetic: row.y.length };
}
