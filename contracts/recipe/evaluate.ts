import { z } from 'zod';
import { samplingSchema } from './sampling.js';

export const evaluateSchema = z
  .strictObject({
    prompts: z
      .int()
      .min(8)
      .max(100_000)
      .default(200)
      .describe('Held-out descriptions from the test split. The paper: 2,000.'),
    sampling: samplingSchema.prefault({}),
    imagesPerPrompt: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .describe('Images averaged into a score. The paper: 1.'),
    bootstrapResamples: z
      .int()
      .min(100)
      .max(100_000)
      .default(2000)
      .describe('For the 95 % intervals.'),
    tailModifiers: z.int().min(1).max(20).default(5).describe('Length of the fixed-tail baseline.'),
  })
  .describe('Methods side by side on held-out descriptions.');
export type EvaluateSettings = z.infer<typeof evaluateSchema>;

export const publishSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes')
      .default('burnish')
      .describe('Model name in the registry.'),
    alias: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/)
      .nullable()
      .default('production')
      .describe('Alias moved to the new version; null = none.'),
    requireApproval: z
      .boolean()
      .default(false)
      .describe('Wait for the update `approve` before publishing.'),
    minContentKept: z
      .number()
      .min(0)
      .max(1)
      .default(0)
      .describe('The alias is not moved below this content kept.'),
    maxContentLoss: z
      .number()
      .min(0)
      .max(1)
      .default(1)
      .describe('The alias is not moved if PPO keeps less content than SFT by more than this.'),
  })
  .describe('Where the policy goes.');
export type PublishSettings = z.infer<typeof publishSchema>;
