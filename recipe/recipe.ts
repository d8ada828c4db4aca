import { z } from 'zod';
import { Stage } from './stage.js';
import { about, CODE, OURS } from './about.js';
import { collectSchema } from './sections/collect.js';
import { labelRewardsSchema } from './sections/label-rewards.js';
import { evaluateSchema, publishSchema } from './sections/evaluate.js';
import { ppoSchema } from './sections/ppo.js';
import { providersSchema } from './sections/providers.js';
import { relation } from './relation.js';
import { templateSchema } from './sections/template.js';
import {
  fineTuneSchema,
  pretrainSchema,
  pickRewardSchema,
  aestheticRewardSchema,
} from './sections/training.js';

export const modelSchema = z
  .strictObject({
    base: z
      .string()
      .min(1)
      .default('bundled:base')
      .meta(
        about(
          'Hugging Face BLOOM folder to start from: `bundled:NAME`, a path, or s3://bucket/prefix. Unused when `pretrain` is given.',
          {
            from: `${OURS}: the small model that comes with Burnish; ${CODE} has bigscience/bloom-1b1`,
          },
        ),
      ),
    template: templateSchema
      .default('Input: {x}\nOutput:')
      .meta(
        about(
          'One template for training, PPO, evaluation and serving; {x} is the description, the target follows after one space; at most 128 tokens.',
          { from: `${OURS}: 16 tokens shorter than that of ${CODE}` },
        ),
      ),
    adapter: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .meta(
        about(
          'Folder with a LoRA adapter in PEFT form that is merged into the base before anything else: a path; null is none.',
          { from: OURS },
        ),
      ),
  })
  .meta(about('What the policy starts from.'));

export const computeSchema = z
  .strictObject({
    segmentSeconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(3600)
      .meta(
        about('Length of a training segment, which is one activity.', {
          unit: 'seconds',
          from: OURS,
        }),
      ),
    checkpointSeconds: z
      .number()
      .min(1)
      .max(86_400)
      .default(300)
      .meta(
        about('Time between checkpoints inside a segment: what a crash can cost.', {
          unit: 'seconds',
          from: OURS,
        }),
      ),
    keepCheckpoints: z
      .int()
      .min(1)
      .max(1000)
      .default(2)
      .meta(about('Newest checkpoints kept of each stage.', { unit: 'checkpoints', from: OURS })),
    keepCheckpointEvery: z
      .int()
      .min(1)
      .max(1_000_000_000)
      .nullable()
      .default(null)
      .meta(
        about(
          'Of every so many steps the first checkpoint at or past them is kept too, for good; null keeps none.',
          { unit: 'steps', from: OURS },
        ),
      ),
    keepBestCheckpoint: z
      .boolean()
      .default(false)
      .meta(
        about(
          'Keep the best checkpoint too: the lowest validation loss of a language model, the lowest validation error of a reward model, the highest mean score of a policy.',
          { from: OURS },
        ),
      ),
    generateBatchSize: z
      .int()
      .min(1)
      .max(4096)
      .default(64)
      .meta(about('Texts generated side by side.', { unit: 'texts', from: OURS })),
  })
  .refine(
    ...relation(
      ['checkpointSeconds', 'segmentSeconds'],
      ({ checkpointSeconds, segmentSeconds }) => checkpointSeconds <= segmentSeconds,
      'must be at most segmentSeconds',
    ),
  )
  .meta(about('How work is cut; does not change results.'));

/** What to run; one YAML file. */
export const recipeSchema = z
  .strictObject({
    $schema: z.string().optional().meta(about('Address of the JSON Schema, for editors.')),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'lower-case letters, digits and dashes, at most 63')
      .meta(about('Name of the recipe; part of workflow ids.')),
    seed: z
      .int()
      .min(0)
      .max(2 ** 31 - 1)
      .default(42)
      .meta(about('Keys every random number of the run.', { unit: 'none', from: CODE })),
    model: modelSchema.prefault({}),
    collect: collectSchema.prefault({}),
    pretrain: pretrainSchema.nullable().default(null),
    fineTune: fineTuneSchema.prefault({}),
    labelRewards: labelRewardsSchema.prefault({}),
    pickReward: pickRewardSchema.prefault({}),
    aestheticReward: aestheticRewardSchema.prefault({}),
    optimizePolicy: ppoSchema.prefault({}),
    evaluate: evaluateSchema.prefault({}),
    publish: publishSchema.prefault({}),
    providers: providersSchema.prefault({}),
    compute: computeSchema.prefault({}),
    stopAfter: z
      .enum(Stage)
      .exclude([Stage.publish])
      .nullable()
      .default(null)
      .meta(
        about(
          'Last stage to run; null runs all of them. A run that stops early publishes nothing.',
          {
            from: OURS,
          },
        ),
      ),
    force: z
      .boolean()
      .default(false)
      .meta(about('Run every stage again and reuse nothing.', { from: OURS })),
  })
  .refine((recipe) => recipe.stopAfter !== Stage.pretrain || recipe.pretrain !== null, {
    path: ['stopAfter'],
    error: 'needs a section `pretrain`',
  })
  .meta(about('A Burnish recipe: what to run.'));
export type Recipe = z.infer<typeof recipeSchema>;
