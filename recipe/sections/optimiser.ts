import { z } from 'zod';
import {
  above,
  below,
  choice,
  CODE,
  field,
  flag,
  int,
  intOrNull,
  number,
  numberOrNull,
  OURS,
  relation,
  type Rule,
  section,
  share,
} from '../fields.js';

/** How TensorFlow runs a stage's graphs; no default changes a number. */
export const computeSchema = section("How TensorFlow runs the stage's graphs; threads are BURNISH_THREADS.", {
  precision: field(
    'Type in which matrices are multiplied. With bfloat16 weights, sums, softmax, norms and the optimiser stay float32; on a CPU it pays only with AVX512_BF16 or AMX, so measure first.',
    choice(['float32', 'bfloat16'], 'float32', `${OURS}: exact`),
  ),
  xla: field(
    "Have TensorFlow's XLA compile the optimiser steps; the first step then takes seconds to minutes, and on CPUs later ones are often slower.",
    flag(false, `${OURS}: faster on GPUs only`),
  ),
  kernels: field(
    "On a CPU, use Burnish's own operations for decoding, layer norms, GELU, attention's softmax and cross-entropy. They are faster and round otherwise than TensorFlow's.",
    flag(true, OURS),
  ),
  device: field('Where the graphs run: auto leaves it to TensorFlow, else cpu or gpu:<number>.', {
    schema: z
      .string()
      .regex(/^(auto|cpu|gpu:\d+)$/, 'expected auto, cpu or gpu:<number>')
      .default('auto'),
    from: OURS,
  }),
});

export type ComputeSettings = z.infer<typeof computeSchema>;

const stepsBack = (value: number, unit: string): z.ZodDefault<z.ZodInt> =>
  field(
    'How far before the step that tripped the lower rate begins: what led to it came before it was seen.',
    int(value, [1, 1_000_000], unit, OURS),
  );

const guardFields = {
  answer: field(
    'What follows when a guard trips: go back and on with a lower learning rate, end the stage, or wait for an operator.',
    choice(['lower-rate', 'stop', 'ask'], 'lower-rate', `${OURS}: a run of the night should end by itself, and publishing has its own bar`),
  ),
  rateFactor: field('The learning rate is multiplied by this, each time.', number(0.5, [above(0), 1], 'none', OURS)),
  maxRollbacks: field('How often `lower-rate` goes back before the stage ends.', int(3, [0, 10], 'times', OURS)),
  maxGradientNorm: field(
    'Global norm of the gradients, before clipping, above which a guard trips; null is off.',
    numberOrNull(1000, [above(0), 1e12], 'none', `${OURS}: far above what healthy steps show`),
  ),
};

/** When training by gradient descent must not go on, and what follows. */
export const guardSchema = section('When training must not go on, and what follows; a loss must be finite always.', {
  ...guardFields,
  stepsBack: stepsBack(50, 'steps'),
});
export type GuardSettings = z.infer<typeof guardSchema>;

/** The same for PPO, which has more to watch. */
export const ppoGuardSchema = section('When training must not go on, and what follows; a loss must be finite always.', {
  ...guardFields,
  stepsBack: stepsBack(5, 'phases'),
  maxKl: field('KL to the reference above which a guard trips.', number(100, [above(0), 1e6], 'nats a text', OURS)),
  maxScoreDrop: field(
    'How far the mean score of three phases may fall under the best three before a guard trips; null is off.',
    numberOrNull(2, [above(0), 1e6], 'standard deviations', OURS),
  ),
  maxFirstRatioError: field(
    'How far the probability ratio before the first update of a phase may be from 1: beyond it rollout and training disagree.',
    number(0.01, [above(0), 1], 'none', `${OURS}: rounding, in bfloat16 too`),
  ),
});

type NumberField = z.ZodDefault<z.ZodNumber>;
type CountField = z.ZodDefault<z.ZodInt>;

/** Peak learning rate of a stage. */
export const learningRate = (value: number, from: string): NumberField =>
  field('Peak learning rate of AdamW.', number(value, [above(0), 0.1], 'none', from));

/** Decoupled weight decay of a stage. */
export const weightDecay = (value: number, from: string): NumberField =>
  field('Decoupled weight decay; not on biases and norms.', share(value, from));

/** Share of the peak rate at which a stage's cosine ends. */
export const finalShare = (value: number, from: string): NumberField =>
  field('The cosine ends at this share of the peak rate.', share(value, from));

/** Rows of one optimiser step. */
export const batchSize = (value: number, from: string): CountField =>
  field('Rows of one optimiser step.', int(value, [1, 4096], 'rows', from));

/** Longest row of a stage. */
export const maxTokens = (value: number, meaning: string, from: string): CountField =>
  field(meaning, int(value, [16, 8192], 'tokens', from));

/** Passes over a stage's rows. */
export const epochs = (value: number, from: string): NumberField =>
  field('Passes over the training rows; may be a fraction.', number(value, [above(0), 100], 'passes', from));

/** Fields of every AdamW run; spread into a stage's schema. */
export const optimiserFields = {
  weightDecay: weightDecay(0, CODE),
  adamBeta1: field("Decay of AdamW's first moment.", number(0.9, [0, below(1)], 'none', CODE)),
  adamBeta2: field("Decay of AdamW's second moment.", number(0.95, [0, below(1)], 'none', CODE)),
  adamEpsilon: field("Added to the root of AdamW's second moment.", number(1e-8, [above(0), 1e-2], 'none', CODE)),
  clipNorm: field('Gradients are scaled down to this global norm.', number(1, [above(0), 1e6], 'none', CODE)),
  warmupShare: field('Share of the steps in which the rate rises.', number(0.03, [0, 0.5], 'none', CODE)),
  finalShare: finalShare(0.1, `${OURS}; ${CODE} ends at 0`),
  guard: guardSchema.prefault({}),
  compute: computeSchema.prefault({}),
};

const PEFT = `${OURS}, as PEFT has it`;

/** The matrices of a BLOOM block that can have an adapter, by PEFT's names. */
export const loraTargets = ['query_key_value', 'dense', 'dense_h_to_4h', 'dense_4h_to_h'] as const;

const loraSchema = section(
  'Trains low-rank additions to the matrices instead of the weights, without dropout; the model is published merged, with the adapter in PEFT form in `adapter/`.',
  {
    rank: field('Rank of the two factors, r.', int(8, [1, 1024], 'none', PEFT)),
    alpha: field('The product of the factors is scaled by alpha / rank.', number(8, [above(0), 10_000], 'none', PEFT)),
    targetModules: field('Matrices of each block that get an adapter, by their names in PEFT.', {
      schema: z.array(z.enum(loraTargets)).min(1).default(['query_key_value']),
      from: PEFT,
    }),
  },
  `${CODE}: null, all weights are trained`,
);
export type LoraSettings = z.infer<typeof loraSchema>;

/** Fields that fit a training into memory; spread into a stage's schema. */
export const trainingSizeFields = {
  gradientAccumulationSteps: field(
    'Parts that the rows of an optimiser step go through in, one after the other; memory falls, the step stays the same.',
    int(1, [1, 4096], 'parts', OURS),
  ),
  recompute: field(
    'Activation checkpointing: the backward pass computes each block again instead of keeping its inner results.',
    flag(false, OURS),
  ),
  trainTopBlocks: field(
    'Train only this many of the last blocks, with the last norm and the head; the embedding and the blocks below stay as they are. null trains all.',
    intOrNull(null, [1, 1024], 'blocks', OURS),
  ),
  lora: loraSchema.nullable().default(null),
};

/** How a training is fitted into memory. */
export type TrainingSize = z.infer<z.ZodObject<typeof trainingSizeFields>>;

/** Arguments of `.refine`: an optimiser step's rows fall into equal parts. */
export const equalParts = (rows: 'batchSize' | 'minibatchSize'): Rule =>
  relation(['gradientAccumulationSteps', rows], (values) => values[rows] % values.gradientAccumulationSteps === 0, `must divide ${rows}`);
