import { z } from 'zod';
import { about, CODE, OURS, PAPER } from '../about.js';
import {
  batchSize,
  epochs,
  learningRate,
  maxTokens,
  optimiserFields,
  weightDecay,
} from './optimiser.js';
import { relation } from '../relation.js';
import { equalParts, trainingSizeFields } from './training-size.js';

const STUDY = `${OURS}, from a study of small models`;

const mixtureShare = (value: number, meaning: string) =>
  z
    .number()
    .min(0)
    .max(1)
    .default(value)
    .meta(about(meaning, { unit: 'none', from: STUDY }));

export const pretrainSchema = z
  .strictObject({
    ...optimiserFields,
    learningRate: learningRate(1.2e-3, STUDY),
    weightDecay: weightDecay(0.01, STUDY),
    steps: z
      .int()
      .min(1)
      .max(100_000_000)
      .default(1750)
      .meta(about('Optimiser steps.', { unit: 'steps', from: STUDY })),
    batchSize: batchSize(24, STUDY),
    vocabularySize: z
      .int()
      .min(300)
      .max(300_000)
      .default(1024)
      .meta(about('Size of the byte-level BPE.', { unit: 'tokens', from: STUDY })),
    hiddenSize: z
      .int()
      .min(8)
      .max(16_384)
      .default(192)
      .meta(about('Width of the model.', { unit: 'units', from: STUDY })),
    layerCount: z
      .int()
      .min(1)
      .max(128)
      .default(4)
      .meta(about('Blocks of the model.', { unit: 'layers', from: STUDY })),
    headCount: z
      .int()
      .min(1)
      .max(256)
      .default(16)
      .meta(
        about('Attention heads; the width is divided among them.', {
          unit: 'heads',
          from: `${STUDY}: 16 give ALiBi slopes steep enough to see the token before`,
        }),
      ),
    maxTokens: maxTokens(112, 'Longest row; the rest of a longer one is cut.', OURS),
    mixture: z
      .strictObject({
        pairs: mixtureShare(0.35, 'Pairs, loss on the whole sequence.'),
        copiedWords: mixtureShare(0.3, 'Random words copied, then a real tail; loss on the copy.'),
        copiedTokens: mixtureShare(0.1, 'Random token ids copied; loss on the copy.'),
        prompts: mixtureShare(0.25, 'Plain prompts, loss on the whole sequence.'),
      })
      .refine(
        ...relation(
          ['pairs', 'copiedWords', 'copiedTokens', 'prompts'],
          ({ pairs, copiedWords, copiedTokens, prompts }) =>
            pairs + copiedWords + copiedTokens + prompts > 0,
          'the four shares must not all be 0',
        ),
      )
      .prefault({})
      .meta(about('Shares of the rows; scaled to sum to 1.')),
  })
  .refine(
    ...relation(
      ['hiddenSize', 'headCount'],
      ({ hiddenSize, headCount }) => hiddenSize % headCount === 0,
      'must be a multiple of headCount',
    ),
  )
  .meta(
    about('Trains a small BLOOM and its tokenizer from nothing, for use without downloads.', {
      from: `${OURS}: null, the recipe starts from model.base`,
    }),
  );
export type PretrainSettings = z.infer<typeof pretrainSchema>;

export const fineTuneSchema = z
  .strictObject({
    ...optimiserFields,
    learningRate: learningRate(2e-5, `${CODE}, for bloom-1b1`),
    epochs: epochs(4, CODE),
    batchSize: batchSize(64, `${CODE} (16 on each of 4 GPUs)`),
    maxTokens: maxTokens(384, 'Template, description and target together.', CODE),
    copyShare: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .meta(
        about('Share of rows that copy random words; keeps the copying of small models alive.', {
          unit: 'none',
          from: `${PAPER} (none)`,
        }),
      ),
    ...trainingSizeFields,
  })
  .refine(...equalParts('batchSize'))
  .meta(about('Supervised fine-tuning on pairs; loss on target tokens only.'));

const SECTION = `${PAPER} (one model a score); fixed by the section`;
const TARGET = 'The label to predict: `pick` reads x and y, `aesthetic` y alone.';

const rewardModelFields = {
  ...optimiserFields,
  learningRate: learningRate(1e-5, `${CODE}, for bloom-1b1`),
  weightDecay: weightDecay(1e-3, CODE),
  epochs: epochs(1, CODE),
  batchSize: batchSize(64, `${CODE} (16 on each of 4 GPUs)`),
  maxTokens: maxTokens(384, 'Longest input.', CODE),
  body: z
    .enum(['base', 'fine-tuned'])
    .default('base')
    .meta(about('Weights the trunk starts from.', { from: `${CODE} (base)` })),
  pooling: z
    .enum(['last', 'mean'])
    .default('last')
    .meta(
      about(
        'Where the head reads: the last token, as BloomForSequenceClassification does, or the mean over tokens, better in small models.',
        { from: `${CODE} (last)` },
      ),
    ),
  headRateFactor: z
    .number()
    .gt(0)
    .max(100)
    .default(1)
    .meta(
      about("The head's learning rate, as a multiple of the trunk's.", {
        unit: 'none',
        from: OURS,
      }),
    ),
};

const REWARD_MODEL = 'A text-only regressor on one standardised score, mean squared error';

export const rewardModelSchema = z
  .strictObject({
    ...rewardModelFields,
    target: z.enum(['pick', 'aesthetic']).meta(about(TARGET)),
    ...trainingSizeFields,
  })
  .refine(...equalParts('batchSize'))
  .meta(about(`${REWARD_MODEL}.`));

/** The section of the model that learns PickScore. */
export const pickRewardSchema = z
  .strictObject({
    ...rewardModelFields,
    target: z
      .literal('pick')
      .default('pick')
      .meta(about(TARGET, { from: SECTION })),
    ...trainingSizeFields,
  })
  .refine(...equalParts('batchSize'))
  .meta(about(`${REWARD_MODEL}: PickScore of x and y.`));

/** The section of the model that learns the aesthetic score. */
export const aestheticRewardSchema = z
  .strictObject({
    ...rewardModelFields,
    target: z
      .literal('aesthetic')
      .default('aesthetic')
      .meta(about(TARGET, { from: SECTION })),
    ...trainingSizeFields,
  })
  .refine(...equalParts('batchSize'))
  .meta(about(`${REWARD_MODEL}: the aesthetic score of y.`));
