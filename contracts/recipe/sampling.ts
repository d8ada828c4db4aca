import { z } from 'zod';

export const samplingSchema = z
  .strictObject({
    temperature: z
      .number()
      .min(0)
      .max(2)
      .default(0.7)
      .describe(
        'Divides the logits in rollout, training, reference and evaluation alike; 0 is greedy. Default ours: at 1.0 a small model loses a third of the content.',
      ),
    topK: z
      .int()
      .min(0)
      .default(0)
      .describe('Keep the k likeliest tokens, 0 = all. Default: the paper (off).'),
    topP: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .describe('Keep the smallest set of tokens with this mass. Default: the paper (1.0).'),
    maxNewTokens: z
      .int()
      .min(1)
      .max(2048)
      .default(48)
      .describe('Tokens. Default ours for the demo; the paper uses 256.'),
    repetitionPenalty: z
      .number()
      .min(1)
      .max(2)
      .default(1)
      .describe('As in transformers; 1 = off. Default: off.'),
  })
  .describe('How text is drawn from the policy.');
export type Sampling = z.infer<typeof samplingSchema>;
