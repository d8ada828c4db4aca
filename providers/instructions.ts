import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ChatMessage } from './chat.js';

/**
 * The texts in `prompts/`, one file each: change a file and collections are made anew.
 * Ours: the paper's collection code and instructions were never released.
 */
const [SUMMARISE, IMPROVE, CAPTION] = ['summarise', 'improve', 'caption'].map((name) =>
  readFileSync(new URL(`./prompts/${name}.txt`, import.meta.url), 'utf8').trimEnd(),
) as [string, string, string];

/** SHA-256 of all texts; part of the stage key of collection. */
export const instructionsDigest = createHash('sha256')
  .update(JSON.stringify([SUMMARISE, IMPROVE, CAPTION]))
  .digest('hex');

/** Chat messages that ask for a plain short description of a good prompt. */
export function summariseMessages(prompt: string): ChatMessage[] {
  return [
    { role: 'system', content: SUMMARISE },
    { role: 'user', content: prompt },
  ];
}

/** Chat messages that ask for a better prompt for a plain description. */
export function improveMessages(description: string): ChatMessage[] {
  return [
    { role: 'system', content: IMPROVE },
    { role: 'user', content: description },
  ];
}

/** Chat messages that ask for a caption of a picture, given as a data URL or an address. */
export function captionMessages(imageUrl: string): ChatMessage[] {
  return [
    {
      role: 'user',
      content: [
        { type: 'text', text: CAPTION },
        { type: 'image_url', image_url: { url: imageUrl } },
      ],
    },
  ];
}

/** What collection asks a chat model for. */
export type CollectionRequest =
  | { task: 'summarise'; prompt: string }
  | { task: 'improve'; description: string }
  | { task: 'caption'; imageUrl: string };

/** The request that the functions above wrote as messages; undefined for any other conversation. */
export function readCollectionRequest(messages: ChatMessage[]): CollectionRequest | undefined {
  const last = messages.at(-1);
  if (!last) return undefined;
  if (typeof last.content !== 'string') {
    const image = last.content.find((part) => part.type === 'image_url');
    return image?.type === 'image_url'
      ? { task: 'caption', imageUrl: image.image_url.url }
      : undefined;
  }
  const system = messages.find((message) => message.role === 'system')?.content;
  if (system === SUMMARISE) return { task: 'summarise', prompt: last.content };
  if (system === IMPROVE) return { task: 'improve', description: last.content };
  return undefined;
}
