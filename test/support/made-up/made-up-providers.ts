import type { PairProviders } from '../../../activities/collect/ask-providers.js';
import type { ChatClient } from '../../../providers/chat.js';
import type { TextScore, TextToScore } from '../../../activities/score/scored-texts.js';
import type { ImageClient } from '../../../providers/images.js';
import { readCollectionRequest } from '../../../providers/instructions.js';
import type { PromptedImage, ScoreClient } from '../../../providers/scores.js';

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
    complete({ messages }) {
      const request = readCollectionRequest(messages);
      if (request?.task === 'summarise') return answer(request.prompt, firstPart(request.prompt));
      if (request?.task !== 'improve') throw new Error('not a request of collection');
      return answer(request.description, `${request.description}, 8k, oil painting, soft light`);
    },
  };
  const captions: ChatClient = {
    complete({ messages }) {
      const request = readCollectionRequest(messages);
      if (request?.task !== 'caption') throw new Error('not a request for a caption');
      const prompt = Buffer.from(request.imageUrl.split('base64,')[1]!, 'base64').toString();
      return answer(prompt, `a photo of ${firstPart(prompt)}`);
    },
  };
  const images: ImageClient = {
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
export function lengthScore({ x, y }: Pick<TextToScore, 'x' | 'y'>): TextScore {
  return { pick: x.length, aesthetic: y.length };
}

/** What a test may do to each call for scores: throw, wait, or count. */
export interface MadeUpScorerBehaviour {
  /** The prompt of a picture that is drawn. */
  onDraw?: (prompt: string) => void | Promise<void>;
  /** What a picture was drawn of, and for `pick` what it is compared with. */
  onScore?: (rows: { x?: string; y: string }[]) => void | Promise<void>;
  /** Characters of a picture in base64 beyond what it shows. */
  padding?: number;
}

/** Pictures that are their prompts, and scores that count characters. */
export function createMadeUpScorer({
  onDraw = () => undefined,
  onScore = () => undefined,
  padding = 0,
}: MadeUpScorerBehaviour = {}): { images: ImageClient; scores: ScoreClient } {
  const shown = (base64: string): string =>
    Buffer.from(base64, 'base64').toString().split('\0')[0] ?? '';
  const images: ImageClient = {
    async generate({ prompt, count, seed }) {
      await onDraw(prompt);
      return Array.from({ length: count }, (_, index) => ({
        base64: Buffer.from(`${prompt}\0${seed + index}${' '.repeat(padding)}`).toString('base64'),
      }));
    },
  };
  const unasked = (): never => {
    throw new Error('not asked for here');
  };
  const scores: ScoreClient = {
    async pick(rows: PromptedImage[]) {
      await onScore(rows.map(({ prompt, image }) => ({ x: prompt, y: shown(image.base64) })));
      return rows.map(({ prompt }) => prompt.length);
    },
    async aesthetic(pictures) {
      await onScore(pictures.map(({ base64 }) => ({ y: shown(base64) })));
      return pictures.map(({ base64 }) => shown(base64).length);
    },
    requestCount: () => 1,
    hps: unasked,
    clip: unasked,
  };
  return { images, scores };
}
