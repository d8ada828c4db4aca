import { z } from 'zod';

const learningRate = (value: number, source: string) =>
  z.number().gt(0).max(0.1).default(value).describe(`Peak learning rate. Default ${source}.`);

/** Fields of every AdamW run; spread into a stage's schema. */
export const optimiserFields = {
  weightDecay: z
    .number()
    .min(0)
    .max(1)
    .default(0)
    .describe('Decoupled; not on biases and norms. Default: the paper (SFT 0).'),
  adamBeta1: z.number().min(0).lt(1).default(0.9).describe('Default: the released code.'),
  adamBeta2: z.number().min(0).lt(1).default(0.95).describe('Default: the released code.'),
  adamEpsilon: z.number().gt(0).max(1e-2).default(1e-8).describe('Default: the released code.'),
  clipNorm: z
    .number()
    .gt(0)
    .default(1)
    .describe('Gradients are scaled to this global norm. Default: the released code.'),
  warmupShare: z
    .number()
    .min(0)
    .max(0.5)
    .default(0.03)
    .describe('Share of the steps with a rising rate. Default: the paper.'),
  finalShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.1)
    .describe(
      'The cosine ends at this share of the peak. Default ours; the released code ends at 0.',
    ),
};

export const pretrainSchema = z
  .strictObject({
    ...optimiserFields,
    learningRate: learningRate(1.2e-3, 'ours, from a study of small models'),
    weightDecay: z.number().min(0).max(1).default(0.01).describe('Default ours.'),
    steps: z.int().min(1).default(1750).describe('Optimiser steps. Default ours.'),
    batchSize: z.int().min(1).max(4096).default(24).describe('Rows a step. Default ours.'),
    vocabularySize: z
      .int()
      .min(300)
      .max(300_000)
      .default(1024)
      .describe('Byte-level BPE. Default ours.'),
    hiddenSize: z.int().min(8).default(192).describe('Default ours.'),
    layerCount: z.int().min(1).default(4).describe('Default ours.'),
    headCount: z
      .int()
      .min(1)
      .default(16)
      .describe(
        'Attention heads; 16 give ALiBi slopes steep enough to see the token before. Default ours.',
      ),
    maxTokens: z
      .int()
      .min(16)
      .max(8192)
      .default(112)
      .describe('Longest row, tokens. Default ours.'),
    mixture: z
      .strictObject({
        pairs: z.number().min(0).default(0.35).describe('Pairs, loss on the whole sequence.'),
        copiedWords: z
          .number()
          .min(0)
          .default(0.3)
          .describe('Random words copied, then a real tail; loss on the copy.'),
        copiedTokens: z
          .number()
          .min(0)
          .default(0.1)
          .describe('Random token ids copied; loss on the copy.'),
        prompts: z
          .number()
          .min(0)
          .default(0.25)
          .describe('Plain prompts, loss on the whole sequence.'),
      })
      .prefault({})
      .describe('Shares of the rows; they are scaled to sum to 1.'),
  })
  .describe('Trains a small BLOOM and its tokenizer from nothing, for use without downloads.');
export type PretrainSettings = z.infer<typeof pretrainSchema>;

export const fineTuneSchema = z
  .strictObject({
    ...optimiserFields,
    learningRate: learningRate(2e-5, 'the paper, for bloom-1b1'),
    epochs: z
      .number()
      .gt(0)
      .max(100)
      .default(4)
      .describe('Passes over the training pairs; may be a fraction. Default: the paper.'),
    batchSize: z.int().min(1).max(4096).default(64).describe('Rows a step. Default: the paper.'),
    maxTokens: z
      .int()
      .min(16)
      .max(8192)
      .default(384)
      .describe('Template, description and target together. Default: the paper.'),
    copyShare: z
      .number()
      .min(0)
      .max(0.5)
      .default(0)
      .describe(
        'Share of rows that copy random words; keeps the copying of small models. Default: the paper (none).',
      ),
  })
  .describe('Supervised fine-tuning on pairs; loss on target tokens only.');
export type FineTuneSettings = z.infer<typeof fineTuneSchema>;

export const rewardModelSchema = z
  .strictObject({
    ...optimiserFields,
    target: z
      .enum(['pick', 'aesthetic'])
      .describe('The label to predict. `pick` reads x and y, `aesthetic` y alone.'),
    learningRate: learningRate(1e-5, 'the paper, for bloom-1b1'),
    weightDecay: z.number().min(0).max(1).default(1e-3).describe('Default: the paper.'),
    epochs: z.number().gt(0).max(100).default(1).describe('Default: the paper.'),
    batchSize: z.int().min(1).max(4096).default(64).describe('Rows a step. Default: the paper.'),
    maxTokens: z
      .int()
      .min(16)
      .max(8192)
      .default(384)
      .describe('Longest input. Default: the paper.'),
    body: z
      .enum(['base', 'fine-tuned'])
      .default('base')
      .describe('Weights the trunk starts from. Default: the paper (base).'),
    pooling: z
      .enum(['last', 'mean'])
      .default('last')
      .describe(
        'Where the head reads: last token as BloomForSequenceClassification, or the mean over tokens (better in small models). Default: the paper.',
      ),
    headRateFactor: z
      .number()
      .gt(0)
      .max(100)
      .default(1)
      .describe("The head's learning rate, as a multiple. Default ours."),
  })
  .describe('A text-only regressor on one standardised score, mean squared error.');
export type RewardModelSettings = z.infer<typeof rewardModelSchema>;
