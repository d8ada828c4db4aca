import { z } from 'zod';
import { collectSchema, labelRewardsSchema } from './collect.js';
import { evaluateSchema, publishSchema } from './evaluate.js';
import { ppoSchema } from './ppo.js';
import { providersSchema } from './providers.js';
import { fineTuneSchema, pretrainSchema, rewardModelSchema } from './training.js';

export const modelSchema = z
  .strictObject({
    base: z
      .string()
      .min(1)
      .default('bundled:base')
      .describe(
        'Hugging Face BLOOM folder to start from: `bundled:NAME`, a path, or s3://bucket/prefix. Unused when `pretrain` is given.',
      ),
    template: z
      .string()
      .refine((text) => text.split('{x}').length === 2, 'exactly one {x}')
      .default('Input: {x}\nOutput:')
      .describe(
        'One template for training, PPO, evaluation and serving; the target follows after one space.',
      ),
  })
  .describe('What the policy starts from.');
export type ModelSettings = z.infer<typeof modelSchema>;

export const computeSchema = z
  .strictObject({
    segmentSeconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(3600)
      .describe('Length of a training segment (one activity). Default ours.'),
    checkpointSeconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(300)
      .describe('Time between checkpoints inside a segment. Default ours.'),
    keepCheckpoints: z
      .int()
      .min(1)
      .max(1000)
      .default(2)
      .describe('Newest checkpoints kept for each stage.'),
    generateBatchSize: z
      .int()
      .min(1)
      .max(4096)
      .default(64)
      .describe('Rows generated side by side.'),
  })
  .describe('How work is cut; does not change results.');
export type ComputeSettings = z.infer<typeof computeSchema>;

/** What to run; one YAML file. */
export const recipeSchema = z
  .strictObject({
    $schema: z.string().optional().describe('For editors.'),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes')
      .describe('Name of the recipe; part of workflow ids.'),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(42)
      .describe('Keys every random number of the run. Default: the paper.'),
    model: modelSchema.prefault({}),
    collect: collectSchema.prefault({}),
    pretrain: pretrainSchema.nullable().default(null),
    fineTune: fineTuneSchema.prefault({}),
    labelRewards: labelRewardsSchema.prefault({}),
    pickReward: rewardModelSchema.prefault({ target: 'pick' }),
    aestheticReward: rewardModelSchema.prefault({ target: 'aesthetic' }),
    optimizePolicy: ppoSchema.prefault({}),
    evaluate: evaluateSchema.prefault({}),
    publish: publishSchema.prefault({}),
    providers: providersSchema.prefault({}),
    compute: computeSchema.prefault({}),
    force: z.boolean().default(false).describe('Run every stage again, reuse nothing.'),
  })
  .describe('A Burnish recipe.');
export type Recipe = z.infer<typeof recipeSchema>;
