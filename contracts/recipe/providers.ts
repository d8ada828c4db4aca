import { z } from 'zod';
import { about, OURS } from './about.js';

const ADDRESS = '`simulator` or an http(s) address';

const endpoint = (what: string) =>
  z
    .strictObject({
      url: z
        .union([z.literal('simulator'), z.url({ protocol: /^https?$/, error: ADDRESS })], {
          error: ADDRESS,
        })
        .default('simulator')
        .meta(
          about('Address of the server; `simulator` is the offline stand-in.', {
            from: `${OURS}: works without a network`,
          }),
        ),
      model: z
        .string()
        .min(1)
        .default('simulator')
        .meta(about('Model name sent with each request.', { from: OURS })),
      timeoutSeconds: z
        .number()
        .gt(0)
        .max(3600)
        .default(60)
        .meta(about('Longest wait for one attempt.', { unit: 'seconds', from: OURS })),
      requestsPerSecond: z
        .number()
        .gt(0)
        .max(100_000)
        .default(1000)
        .meta(
          about('Rate limit of this client; the simulator is asked without one.', {
            unit: 'requests a second',
            from: OURS,
          }),
        ),
      maxAttempts: z
        .int()
        .min(1)
        .max(20)
        .default(5)
        .meta(
          about(
            'Attempts after timeouts, lost connections, 429 and 5xx; other answers are final.',
            {
              unit: 'attempts',
              from: OURS,
            },
          ),
        ),
    })
    .prefault({})
    .meta(about(what));

export const providersSchema = z
  .strictObject({
    chat: endpoint('OpenAI-compatible chat completions: summaries and improved prompts.'),
    captions: endpoint('OpenAI-compatible chat completions with image input: captions.'),
    images: endpoint('OpenAI-compatible image generations.'),
    scores: endpoint('Open Inference Protocol v2: PickScore and aesthetic scores.'),
  })
  .meta(
    about(
      'Servers of others. Keys come from the environment (BURNISH_CHAT_API_KEY and so on), never from a recipe.',
    ),
  );
export type ProvidersSettings = z.infer<typeof providersSchema>;
