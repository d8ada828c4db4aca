import { z } from 'zod';
import { about, CODE, OURS, PAPER } from '../about.js';

export const samplingSchema = z
  .strictObject({
    temperature: z
      .number()
      .min(0)
      .max(2)
      // Logits divided by less leave the range of a float.
      .refine(
        (value) => value <= 0 || value >= 1e-3,
        'must be 0, which is greedy, or at least 0.001',
      )
      .default(0.7)
      .meta(
        about(
          'Divides the logits in rollout, training, reference and evaluation alike; 0 is greedy, else at least 0.001.',
          {
            unit: 'none',
            from: `${OURS}: at 1.0, the paper's value, a small model loses a third of the content`,
          },
        ),
      ),
    topK: z
      .int()
      .min(0)
      .max(300_000)
      .default(0)
      .meta(about('Keep the k likeliest tokens; 0 keeps all.', { unit: 'tokens', from: CODE })),
    topP: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .meta(
        about('Keep the smallest set of tokens with this probability; 1 keeps all.', {
          unit: 'none',
          from: CODE,
        }),
      ),
    maxNewTokens: z
      .int()
      .min(1)
      .max(2048)
      .default(48)
      .meta(
        about('Longest text.', { unit: 'tokens', from: `${OURS}, for the demo; ${CODE} has 256` }),
      ),
    repetitionPenalty: z
      .number()
      .min(1)
      .max(2)
      .default(1)
      .meta(
        about('Divides the logits of tokens already there, as in transformers; 1 is off.', {
          unit: 'none',
          from: `${PAPER}'s rollouts (off)`,
        }),
      ),
  })
  .meta(about('How text is drawn from the policy.'));
export type Sampling = z.infer<typeof samplingSchema>;
