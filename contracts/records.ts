import { z } from 'zod';
import { pairRoutes } from '../recipe/stage.js';

/** Rows of the JSONL files inside artifacts. One JSON object a line, UTF-8. */

export const promptRowSchema = z.strictObject({
  id: z.string().min(1),
  prompt: z.string().min(1),
  source: z.string(),
  /** Where the prompt's picture is, when its source has one: see `readImage`. */
  image: z.string().min(1).optional(),
});
export type PromptRow = z.infer<typeof promptRowSchema>;

export const splits = ['train', 'validation', 'test'] as const;
export type Split = (typeof splits)[number];

/** `<split>.jsonl` of a `dataset` artifact. */
export const promptPairSchema = z.strictObject({
  /** `<row id>-<route>` */
  id: z.string().min(1),
  rowId: z.string().min(1),
  route: z.enum(pairRoutes),
  /** Plain description. */
  x: z.string().min(1),
  /** Prompt that makes a better picture. */
  y: z.string().min(1),
});
export type PromptPair = z.infer<typeof promptPairSchema>;

/** `rejected.jsonl` of a `dataset` artifact: rows put aside, with the reason. */
export const rejectedRowSchema = z.strictObject({
  /** File and line (or row index) it came from. */
  origin: z.string(),
  reason: z.string(),
  /** The first 200 characters. */
  excerpt: z.string(),
});
export type RejectedRow = z.infer<typeof rejectedRowSchema>;

/** `train.jsonl` and `validation.jsonl` of a `labels` artifact: texts with the providers' scores. */
export const labelRowSchema = z.strictObject({
  rowId: z.string().min(1),
  /** How y was made: the data's target, x itself, a sample of the SFT model, a corruption. */
  kind: z.enum(['target', 'plain', 'sample', 'corrupted']),
  x: z.string().min(1),
  y: z.string(),
  pick: z.number(),
  aesthetic: z.number(),
});
export type LabelRow = z.infer<typeof labelRowSchema>;

/** `metrics.jsonl`: the step and its numbers, named `<group>/<metric>`. */
export const metricRowSchema = z.looseObject({ step: z.int().nonnegative() });
export type MetricRow = { step: number } & Record<string, number>;

/** `samples.jsonl` of a PPO `metrics` artifact: the policy's texts on fixed validation descriptions as it learns. */
export const policySampleSchema = z.strictObject({
  iteration: z.int().nonnegative(),
  rowId: z.string(),
  x: z.string(),
  y: z.string(),
  /** Mixed score of the reward models, standardised units. */
  rewardModelScore: z.number(),
});
export type PolicySample = z.infer<typeof policySampleSchema>;
