import { z } from 'zod';
import { pairRoutes } from '../records.js';

export const collectSchema = z
  .strictObject({
    sources: z
      .array(z.string().min(1))
      .min(1)
      .default(['bundled:diffusiondb-prompts.jsonl.gz'])
      .describe(
        'Prompt files, JSONL (.jsonl, .jsonl.gz) or Parquet: `bundled:NAME`, a path, or s3://bucket/key. Columns id (optional) and prompt.',
      ),
    maxRows: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('Read at most this many rows; null = all.'),
    routes: z
      .array(z.enum(pairRoutes))
      .min(1)
      .default([...pairRoutes])
      .describe('Ways to make pairs. Default: the paper (all three).'),
    minWords: z
      .int()
      .min(1)
      .default(2)
      .describe('Prompts with fewer words are put aside. Default ours.'),
    maxWords: z
      .int()
      .min(2)
      .max(1000)
      .default(75)
      .describe('Prompts with more words are put aside. Default ours.'),
    maxDescriptionWords: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .describe(
        'Pairs whose description has more words are put aside. Default ours: people type short descriptions.',
      ),
    maxTargetWords: z
      .int()
      .min(4)
      .max(1000)
      .default(48)
      .describe('Targets are cut to this many words at a comma. Default ours.'),
    minContentKept: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .describe('Pairs whose target keeps less of the description are put aside. Default ours.'),
    lowerCase: z.boolean().default(true).describe('CLIP lower-cases anyway. Default ours.'),
    validationShare: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.04)
      .describe('Of the rows, by a hash of the row id.'),
    testShare: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.04)
      .describe('Of the rows, by a hash of the row id.'),
    maxLossShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe(
        'The run stops if more rows than this share are put aside because providers failed on them.',
      ),
  })
  .describe('Pairs from real prompts.');
export type CollectSettings = z.infer<typeof collectSchema>;

export const labelRewardsSchema = z
  .strictObject({
    rows: z.int().min(20).default(3000).describe('Texts to score. Default ours.'),
    shares: z
      .strictObject({
        target: z.number().min(0).default(0.35).describe("The data's own y."),
        plain: z.number().min(0).default(0.1).describe('x unchanged.'),
        sample: z.number().min(0).default(0.4).describe('Samples of the fine-tuned model.'),
        corrupted: z
          .number()
          .min(0)
          .default(0.15)
          .describe('y with words dropped, repeated, shuffled, cut, or of another row.'),
      })
      .prefault({})
      .describe('What is scored; scaled to sum to 1.'),
    greedyShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('Of the samples, drawn greedily, so that the models see loops. Default ours.'),
    imagesPerPrompt: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .describe('Images averaged into a score. Default ours.'),
    validationShare: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.12)
      .describe('Rows from validation descriptions, held out. Default ours.'),
  })
  .describe('Scores for the reward models to learn.');
export type LabelRewardsSettings = z.infer<typeof labelRewardsSchema>;
