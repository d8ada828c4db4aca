import { z } from 'zod';
import { about, CODE, OURS, PAPER } from '../about.js';
import { samplingSchema } from './sampling.js';

const nameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63');

export const evaluateSchema = z
  .strictObject({
    prompts: z
      .int()
      .min(8)
      .max(100_000)
      .default(200)
      .meta(
        about('Descriptions from the test split, or as many as it has.', {
          unit: 'descriptions',
          from: `${OURS}; ${PAPER} has 2,000`,
        }),
      ),
    sampling: samplingSchema.prefault({}),
    imagesPerPrompt: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .meta(
        about('Pictures averaged into one score.', {
          unit: 'pictures',
          from: `${OURS}; ${CODE} has 1`,
        }),
      ),
    bootstrapResamples: z
      .int()
      .min(100)
      .max(100_000)
      .default(2000)
      .meta(
        about('Resamples behind each 95 % interval.', {
          unit: 'resamples',
          from: `${OURS}; ${PAPER} has no intervals`,
        }),
      ),
    tailModifiers: z
      .int()
      .min(1)
      .max(20)
      .default(5)
      .meta(
        about('Modifiers in the fixed tail of the strong baseline.', {
          unit: 'modifiers',
          from: `${OURS}, from a study of small models`,
        }),
      ),
  })
  .meta(about('Methods side by side on held-out descriptions.'));
export type EvaluateSettings = z.infer<typeof evaluateSchema>;

export const publishSchema = z
  .strictObject({
    name: nameSchema
      .default('burnish')
      .meta(about('Name of the model; its versions are `<name>-<n>`.', { from: OURS })),
    alias: nameSchema
      .nullable()
      .default('production')
      .meta(about('Alias moved to the new version; null moves none.', { from: OURS })),
    requireApproval: z
      .boolean()
      .default(false)
      .meta(about('Wait for the update `approve` before publishing.', { from: OURS })),
    minContentKept: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .meta(
        about('The alias is not moved when the policy keeps less of the descriptions.', {
          unit: 'none',
          from: `${OURS} (off)`,
        }),
      ),
    maxContentLoss: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .meta(
        about(
          'The alias is not moved when PPO keeps less content than the fine-tuned model by more than this.',
          { unit: 'none', from: `${OURS} (off)` },
        ),
      ),
  })
  .meta(about('Where the policy goes.'));
export type PublishSettings = z.infer<typeof publishSchema>;
