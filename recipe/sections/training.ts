import { z } from 'zod';
import {
  above,
  below,
  choice,
  CODE,
  field,
  int,
  multipleOf,
  number,
  openSection,
  OURS,
  PAPER,
  section,
  share,
  sharesNotAllZero,
} from '../fields.js';
import { batchSize, epochs, equalParts, learningRate, maxTokens, optimiserFields, trainingSizeFields, weightDecay } from './optimiser.js';

const STUDY = `${OURS}, from a study of small models`;

const studiedShare = (value: number, meaning: string) => field(meaning, share(value, STUDY));

export const pretrainSchema = section(
  'Trains a small BLOOM and its tokenizer from nothing, for use without downloads.',
  {
    ...optimiserFields,
    learningRate: learningRate(1.2e-3, STUDY),
    weightDecay: weightDecay(0.01, STUDY),
    steps: field('Optimiser steps.', int(1750, [1, 100_000_000], 'steps', STUDY)),
    batchSize: batchSize(24, STUDY),
    vocabularySize: field('Size of the byte-level BPE.', int(1024, [300, 300_000], 'tokens', STUDY)),
    hiddenSize: field('Width of the model.', int(192, [8, 16_384], 'units', STUDY)),
    layerCount: field('Blocks of the model.', int(4, [1, 128], 'layers', STUDY)),
    headCount: field(
      'Attention heads; the width is divided among them.',
      int(16, [1, 256], 'heads', `${STUDY}: 16 give ALiBi slopes steep enough to see the token before`),
    ),
    maxTokens: maxTokens(112, 'Longest row; the rest of a longer one is cut.', OURS),
    mixture: openSection(
      'Shares of the rows; scaled to sum to 1.',
      {
        pairs: studiedShare(0.35, 'Pairs, loss on the whole sequence.'),
        copiedWords: studiedShare(0.3, 'Random words copied, then a real tail; loss on the copy.'),
        copiedTokens: studiedShare(0.1, 'Random token ids copied; loss on the copy.'),
        prompts: studiedShare(0.25, 'Plain prompts, loss on the whole sequence.'),
      },
      sharesNotAllZero(['pairs', 'copiedWords', 'copiedTokens', 'prompts']),
    ),
  },
  `${OURS}: null, the recipe starts from model.base`,
).refine(...multipleOf('hiddenSize', 'headCount'));
export type PretrainSettings = z.infer<typeof pretrainSchema>;

export const fineTuneSchema = section('Supervised fine-tuning on pairs; loss on target tokens only.', {
  ...optimiserFields,
  learningRate: learningRate(2e-5, `${CODE}, for bloom-1b1`),
  epochs: epochs(4, CODE),
  batchSize: batchSize(64, `${CODE} (16 on each of 4 GPUs)`),
  maxTokens: maxTokens(384, 'Template, description and target together.', CODE),
  copyShare: field(
    'Share of rows that copy random words; keeps the copying of small models alive.',
    number(0, [0, 0.5], 'none', `${PAPER} (none)`),
  ),
  ...trainingSizeFields,
}).refine(...equalParts('batchSize'));

export const labelRewardsSchema = section('Texts and their scores, for the reward models to learn.', {
  rows: field(
    'Texts to score, training and validation together.',
    int(3000, [20, 10_000_000], 'texts', `${OURS}; ${PAPER} labels its 143,000 pairs`),
  ),
  shares: openSection(
    'What is scored; scaled to sum to 1.',
    {
      target: studiedShare(0.35, "The data's own y."),
      plain: studiedShare(0.1, 'x unchanged.'),
      sample: studiedShare(0.4, 'Samples of the fine-tuned model.'),
      corrupted: studiedShare(0.15, 'y with words dropped, repeated, shuffled, cut, looped, or of another row.'),
    },
    sharesNotAllZero(['target', 'plain', 'sample', 'corrupted']),
  ),
  greedyShare: field('Share of the samples drawn greedily.', share(0.2, `${OURS}: so that the reward models see loops`)),
  imagesPerPrompt: field('Pictures averaged into one score.', int(4, [1, 16], 'pictures', `${OURS}; ${PAPER} does not say`)),
  validationShare: field(
    'Share of the texts that is of validation descriptions, held out from training.',
    number(0.12, [above(0), below(0.5)], 'none', `${OURS}; ${PAPER} holds out none`),
  ),
});
export type LabelRewardsSettings = z.infer<typeof labelRewardsSchema>;

const SECTION = `${PAPER} (one model a score); fixed by the section`;
const TARGET = 'The label to predict: `pick` reads x and y, `aesthetic` y alone.';

const rewardModelFields = {
  ...optimiserFields,
  learningRate: learningRate(1e-5, `${CODE}, for bloom-1b1`),
  weightDecay: weightDecay(1e-3, CODE),
  epochs: epochs(1, CODE),
  batchSize: batchSize(64, `${CODE} (16 on each of 4 GPUs)`),
  maxTokens: maxTokens(384, 'Longest input.', CODE),
  body: field('Weights the trunk starts from.', choice(['base', 'fine-tuned'], 'base', `${CODE} (base)`)),
  pooling: field(
    'Where the head reads: the last token, as BloomForSequenceClassification does, or the mean over tokens, better in small models.',
    choice(['last', 'mean'], 'last', `${CODE} (last)`),
  ),
  headRateFactor: field("The head's learning rate, as a multiple of the trunk's.", number(1, [above(0), 100], 'none', OURS)),
};

const REWARD_MODEL = 'A text-only regressor on one standardised score, mean squared error';

export const rewardModelSchema = section(`${REWARD_MODEL}.`, {
  ...rewardModelFields,
  target: field(TARGET, { schema: z.enum(['pick', 'aesthetic']) }),
  ...trainingSizeFields,
}).refine(...equalParts('batchSize'));

/** The section of the model that learns PickScore. */
export const pickRewardSchema = section(`${REWARD_MODEL}: PickScore of x and y.`, {
  ...rewardModelFields,
  target: field(TARGET, { schema: z.literal('pick').default('pick'), from: SECTION }),
  ...trainingSizeFields,
}).refine(...equalParts('batchSize'));

/** The section of the model that learns the aesthetic score. */
export const aestheticRewardSchema = section(`${REWARD_MODEL}: the aesthetic score of y.`, {
  ...rewardModelFields,
  target: field(TARGET, { schema: z.literal('aesthetic').default('aesthetic'), from: SECTION }),
  ...trainingSizeFields,
}).refine(...equalParts('batchSize'));
