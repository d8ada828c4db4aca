import { z } from 'zod';
import { Requester, type ClientOptions } from './request.js';

type ChatContent =
  | { type: 'text'; text: string }
  /** A `data:image/...;base64,` URL or an https URL. */
  | { type: 'image_url'; image_url: { url: string } };

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  content: string | ChatContent[];
}

interface ChatRequest {
  messages: ChatMessage[];
  /** Same seed, same answer, as far as the server can. */
  seed: number;
  temperature: number;
  maxTokens: number;
  signal?: AbortSignal;
}

export interface ChatAnswer {
  /** Without outer white space; empty if the server said nothing. */
  text: string;
  /** `stop`, `length`, `content_filter` or the server's own word; null if it does not say. */
  finishReason: string | null;
  /** Why the model refuses, where the server tells it apart from the text. */
  refusal: string | null;
  /** As counted by the server; estimated from the text where it does not say. */
  promptTokens: number;
  completionTokens: number;
}

export interface ChatClient {
  /** What the server answered; whether it is of use, `classifyAnswer` says. */
  complete(request: ChatRequest): Promise<ChatAnswer>;
}

const contentSchema = z.union([
  z.string(),
  z.array(z.looseObject({ text: z.string().optional() })),
]);
const answerSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        message: z.looseObject({
          content: contentSchema.nullish(),
          refusal: z.string().nullish(),
        }),
        finish_reason: z.string().nullish(),
      }),
    )
    .min(1),
  usage: z
    .looseObject({
      prompt_tokens: z.number().nonnegative(),
      completion_tokens: z.number().nonnegative(),
    })
    .nullish(),
});

/** What an image in a message takes, about, whatever its size. */
const IMAGE_TOKENS = 1000;

/**
 * A client of an OpenAI-compatible `POST /v1/chat/completions`, with text or image input.
 *
 * Its calls throw ProviderUnavailableError, ProviderRefusedError, or ProviderRowError for a malformed answer.
 */
export function createChatClient(options: ClientOptions): ChatClient {
  const requester = new Requester(options);
  const path = '/v1/chat/completions';
  return {
    async complete({ messages, seed, temperature, maxTokens, signal }) {
      const promptTokens = estimatePrompt(messages);
      const answer = await requester.send({
        method: 'POST',
        path,
        body: { model: options.model, messages, seed, temperature, max_tokens: maxTokens },
        answer: answerSchema,
        estimatedTokens: promptTokens + maxTokens,
        tokensOf: (raw) => {
          const read = readAnswer(raw, promptTokens);
          return read.promptTokens + read.completionTokens;
        },
        ...(signal ? { signal } : {}),
      });
      return readAnswer(answer, promptTokens);
    },
  };
}

function readAnswer(
  { choices, usage }: z.infer<typeof answerSchema>,
  estimatedPromptTokens: number,
): ChatAnswer {
  const choice = choices[0];
  const content = choice?.message.content ?? '';
  const parts = typeof content === 'string' ? [content] : content.map((part) => part.text ?? '');
  const text = parts.join('').trim();
  return {
    text,
    finishReason: choice?.finish_reason ?? null,
    refusal: choice?.message.refusal ?? null,
    promptTokens: usage?.prompt_tokens ?? estimatedPromptTokens,
    completionTokens: usage?.completion_tokens ?? estimateTokens(text.length),
  };
}

function estimatePrompt(messages: ChatMessage[]): number {
  const parts = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content,
  );
  return parts.reduce(
    (sum, part) => sum + (part.type === 'text' ? estimateTokens(part.text.length) : IMAGE_TOKENS),
    0,
  );
}

/** A rough count before the server has counted: four characters a token. */
function estimateTokens(characterCount: number): number {
  return Math.ceil(characterCount / 4);
}
