import { z } from 'zod';

const endpoint = (what: string) =>
  z
    .strictObject({
      url: z
        .union([z.literal('simulator'), z.url({ protocol: /^https?$/ })])
        .default('simulator')
        .describe(`${what}; \`simulator\` is the offline stand-in.`),
      model: z.string().min(1).default('simulator').describe('Model name sent with each request.'),
      timeoutSeconds: z.number().gt(0).max(3600).default(60).describe('One attempt.'),
      requestsPerSecond: z
        .number()
        .gt(0)
        .max(100_000)
        .default(1000)
        .describe('Rate limit of this client.'),
      maxAttempts: z
        .int()
        .min(1)
        .max(20)
        .default(5)
        .describe('For timeouts, 429 and 5xx; other answers are final.'),
    })
    .prefault({});

export const providersSchema = z
  .strictObject({
    chat: endpoint('OpenAI-compatible chat completions: summaries and improved prompts'),
    captions: endpoint('OpenAI-compatible chat completions with image input'),
    images: endpoint('OpenAI-compatible image generations'),
    scores: endpoint('Open Inference Protocol v2: PickScore and aesthetic scores'),
  })
  .describe(
    'Servers of others. Keys come from the environment (BURNISH_CHAT_API_KEY and so on), never from a recipe.',
  );
export type ProvidersSettings = z.infer<typeof providersSchema>;
