import { z } from 'zod';
import { createRequester, type ClientOptions } from './request.js';
import type { Usage } from './usage.js';

export type ChatContent =
  | { type: 'text'; text: string }
  /** A `data:image/...;base64,` URL or an https URL. */
  | { type: 'image_url'; image_url: { url: string } };

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string | ChatContent[];
}

export interface ChatRequest {
  messages: ChatMessage[];
  /** Same seed, same answer, as far as the server can. */
  seed: number;
  temperature: number;
  maxTokens: number;
  signal?: AbortSignal;
}

export interface ChatAnswer {
  /** Never empty, without outer white space. */
  text: string;
}

export interface ChatClient {
  complete(request: ChatRequest): Promise<ChatAnswer>;
  readonly usage: Usage;
}

const answerSchema = z.looseObject({
  choices: z
    .array(z.looseObject({ message: z.looseObject({ content: z.string().nullable() }) }))
    .min(1),
  usage: z
    .looseObject({
      prompt_tokens: z.number().nonnegative(),
      completion_tokens: z.number().nonnegative(),
    })
    .nullish(),
});

/**
 * A client of an OpenAI-compatible `POST /v1/chat/completions`, with text or image input.
 *
 * `complete` @throws ProviderUnavailableError, ProviderRefusedError, or ProviderRowError for an empty or malformed answer.
 */
export function createChatClient(options: ClientOptions): ChatClient {
  const requester = createRequester(options);
  const path = '/v1/chat/completions';
  return {
    usage: requester.usage,
    async complete({ messages, seed, temperature, maxTokens, signal }) {
      const answer = await requester.send({
        method: 'POST',
        path,
        body: { model: options.model, messages, seed, temperature, max_tokens: maxTokens },
        answer: answerSchema,
        ...(signal ? { signal } : {}),
      });
      requester.usage.promptTokens += answer.usage?.prompt_tokens ?? 0;
      requester.usage.completionTokens += answer.usage?.completion_tokens ?? 0;
      const text = answer.choices[0]?.message.content?.trim() ?? '';
      if (text === '') throw requester.rowError(path, 'an empty text');
      return { text };
    },
  };
}
