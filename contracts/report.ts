import { z } from 'zod';
import { artifactRefSchema } from './artifact.js';
import { samplingSchema } from '../recipe/sections/ppo.js';
import type { MetricRow, PolicySample } from './records.js';
import type { PublishOutcome } from './activities.js';
import type { Recipe } from '../recipe/recipe.js';
import type { StageStatus } from './stages.js';

/** Ways to make a prompt from a description, in the order they are shown. */
export const evaluationMethods = [
  'unchanged',
  'fixed-tail',
  'sft',
  'ppo',
  'sft-greedy',
  'ppo-greedy',
  'target',
] as const;
export type EvaluationMethod = (typeof evaluationMethods)[number];

/** What is measured on every text; the last three only where the reward models were given. */
export const evaluationMetrics = [
  'mixed',
  'pick',
  'aesthetic',
  'contentKept',
  'allContentKept',
  'words',
  'endedByItself',
  'distinct2',
  'rewardModelMixed',
  'rewardModelPick',
  'rewardModelAesthetic',
] as const;
export type EvaluationMetric = (typeof evaluationMetrics)[number];

/** A method's text for one description, before scores. */
export const methodTextSchema = z.strictObject({
  /** May be empty: a model may end at once. */
  y: z.string(),
  /** True if the model ended the text itself; null where no model wrote it. */
  ended: z.boolean().nullable(),
  /** Scores by the reward models in the units of their labels; absent when they were not given. */
  rewardModelPick: z.number().optional(),
  rewardModelAesthetic: z.number().optional(),
});
export type MethodText = z.infer<typeof methodTextSchema>;

/** `written.jsonl` of what `rewriteHeldOut` writes: one description a line. */
export const heldOutRowSchema = z.strictObject({
  rowId: z.string().min(1),
  x: z.string().min(1),
  texts: z.record(z.enum(evaluationMethods), methodTextSchema),
});
export type HeldOutRow = z.infer<typeof heldOutRowSchema>;

/** `plan.json` beside it: what is the same for every row. */
export const heldOutPlanSchema = z.strictObject({
  seed: z.int(),
  /** The modifiers of the fixed tail, joined by `, `. */
  tail: z.string(),
  sampling: samplingSchema,
});
export type HeldOutPlan = z.infer<typeof heldOutPlanSchema>;

/** `texts.jsonl` of an `evaluation` artifact: the same texts with every metric. */
export const evaluatedRowSchema = z.strictObject({
  rowId: z.string().min(1),
  x: z.string().min(1),
  texts: z.record(
    z.enum(evaluationMethods),
    z.strictObject({
      y: z.string(),
      metrics: z.partialRecord(z.enum(evaluationMetrics), z.number()),
    }),
  ),
});
export type EvaluatedRow = z.infer<typeof evaluatedRowSchema>;

/** A mean over the descriptions with the ends of its 95 % bootstrap interval. */
export const intervalSchema = z.strictObject({
  mean: z.number(),
  low: z.number(),
  high: z.number(),
});
export type Interval = z.infer<typeof intervalSchema>;

/** `unproven`: the interval of the difference holds zero. */
export const verdicts = ['higher', 'lower', 'unproven'] as const;
export type Verdict = (typeof verdicts)[number];

export const methodResultSchema = z.strictObject({
  method: z.enum(evaluationMethods),
  metrics: z.partialRecord(z.enum(evaluationMetrics), intervalSchema),
});
export type MethodResult = z.infer<typeof methodResultSchema>;

export const differenceSchema = z.strictObject({
  /** `of` minus `against`, paired by description. */
  of: z.enum(evaluationMethods),
  against: z.enum(evaluationMethods),
  metrics: z.partialRecord(
    z.enum(evaluationMetrics),
    intervalSchema.extend({ verdict: z.enum(verdicts) }),
  ),
});
export type Difference = z.infer<typeof differenceSchema>;

const standardisationSchema = z.strictObject({ mean: z.number(), std: z.number().gt(0) });
export type Standardisation = z.infer<typeof standardisationSchema>;

/** `evaluation.json` of an `evaluation` artifact. */
export const evaluationSchema = z.strictObject({
  version: z.literal(1),
  seed: z.int(),
  descriptionCount: z.int().positive(),
  /** Descriptions left out for all methods because the providers failed on one of their texts. */
  lostCount: z.int().nonnegative(),
  bootstrapResamples: z.int().positive(),
  imagesPerPrompt: z.int().positive(),
  sampling: samplingSchema,
  tail: z.string(),
  scores: z.strictObject({
    /** True: no picture was rendered; the numbers are the offline stand-in's. */
    simulated: z.boolean(),
    model: z.string(),
  }),
  /** mixed = pickWeight z(pick) + (1 - pickWeight) z(aesthetic); z by the training labels. */
  mixed: z.strictObject({
    pickWeight: z.number(),
    pick: standardisationSchema,
    aesthetic: standardisationSchema,
  }),
  methods: z.array(methodResultSchema),
  differences: z.array(differenceSchema),
});
export type Evaluation = z.infer<typeof evaluationSchema>;

/** `scatter.jsonl` of a reward model's `metrics` artifact: its held-out rows. */
export const scatterRowSchema = z.looseObject({ predicted: z.number(), label: z.number() });
export type ScatterRow = { predicted: number; label: number };

/** A line of the curve that shows what PPO optimises beside the scorer's own score, standardised units. */
export interface ScorerCurvePoint {
  iteration: number;
  rewardModel: number;
  scorer: number;
}

/** What one training stage left behind. */
export interface TrainingCurves {
  metrics: MetricRow[];
  summary: Record<string, number>;
}

export const namedArtifactSchema = z.strictObject({
  stage: z.string(),
  name: z.string(),
  ref: artifactRefSchema,
});
export type NamedArtifact = z.infer<typeof namedArtifactSchema>;

/** All that the report page shows; also `report.json`. An absent part is named in `missing`. */
export interface RunReport {
  recipe: { name: string; digest: string; seed: number; settings: Recipe };
  run: { workflowId: string; runId: string; startedAt: string; finishedAt: string };
  /** What the report was written on: processor, memory, operating system. */
  machine: Record<string, string>;
  versions: Record<string, string>;
  stages: StageStatus[];
  scores: { simulated: boolean; model: string };
  pretrain?: TrainingCurves;
  fineTune?: TrainingCurves;
  pickReward?: TrainingCurves & { scatter: ScatterRow[] };
  aestheticReward?: TrainingCurves & { scatter: ScatterRow[] };
  optimizePolicy?: TrainingCurves & { samples: PolicySample[]; scorerCurve: ScorerCurvePoint[] };
  evaluation?: Evaluation;
  samples: EvaluatedRow[];
  publish?: PublishOutcome;
  artifacts: NamedArtifact[];
  /** Parts that could not be read, by section, with the reason. */
  missing: Record<string, string>;
}
