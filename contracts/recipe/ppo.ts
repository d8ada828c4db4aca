import { z } from 'zod';
import { optimiserFields } from './training.js';
import { samplingSchema } from './sampling.js';

export const ppoSchema = z
  .strictObject({
    ...optimiserFields,
    learningRate: z
      .number()
      .gt(0)
      .max(0.1)
      .default(5e-6)
      .describe('Default: the released code, for bloom-1b1.'),
    finalShare: z.number().min(0).max(1).default(1).describe('Default: the released code (flat).'),
    weightDecay: z.number().min(0).max(1).default(1e-6).describe('Default: the released code.'),
    valueRateFactor: z
      .number()
      .gt(0)
      .max(100)
      .default(1)
      .describe("The value head's learning rate, as a multiple of the policy's. Default ours."),
    iterations: z
      .int()
      .min(1)
      .default(78)
      .describe('Rollout phases. Default: the released code (5,000 steps).'),
    rolloutsPerIteration: z
      .int()
      .min(2)
      .default(256)
      .describe('Texts a phase. Default: the released code (64 in each of 4 processes).'),
    groupSize: z
      .int()
      .min(1)
      .default(1)
      .describe(
        'Texts a description. Above 1 the group mean is subtracted from the score. Default: the paper (1).',
      ),
    epochs: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .describe('Passes over the rollouts of a phase. Default: the released code.'),
    minibatchSize: z
      .int()
      .min(1)
      .default(16)
      .describe('Rollouts an optimiser step. Default: the released code, effective.'),
    maxPromptTokens: z
      .int()
      .min(4)
      .max(4096)
      .default(128)
      .describe(
        'Template and description; longer descriptions are cut, never the template. Default: the released code.',
      ),
    sampling: samplingSchema.prefault({}),
    gamma: z.number().gt(0).max(1).default(1).describe('Discount. Default: the released code.'),
    lambda: z.number().min(0).max(1).default(0.95).describe('GAE. Default: the released code.'),
    clipRange: z.number().gt(0).max(1).default(0.2).describe('Default: the released code.'),
    valueClipRange: z.number().gt(0).default(0.2).describe('Default: the released code.'),
    valueCoefficient: z.number().min(0).default(0.5).describe('Default: the released code.'),
    kl: z
      .strictObject({
        coefficient: z
          .number()
          .min(0)
          .default(0.05)
          .describe('At the start. Default: the released code.'),
        target: z
          .number()
          .gt(0)
          .nullable()
          .default(6)
          .describe('Nats a text; null = fixed coefficient. Default: the released code.'),
        horizon: z.number().gt(0).default(10_000).describe('Rollouts. Default: the released code.'),
        minCoefficient: z
          .number()
          .min(0)
          .default(0)
          .describe('Floor under the adaptive coefficient. Default: none.'),
        stopAt: z
          .number()
          .gt(0)
          .nullable()
          .default(null)
          .describe(
            'Ends the epochs of a phase when the mean approximate KL to the rollout policy passes this, nats a token. Default: off.',
          ),
      })
      .prefault({})
      .describe('Per-token penalty -coefficient * (log pi - log pi_ref) inside the reward.'),
    reward: z
      .strictObject({
        pickWeight: z
          .number()
          .min(0)
          .max(1)
          .default(0.7)
          .describe('alpha; the aesthetic score has 1 - alpha. Default: the released code.'),
        minusTarget: z
          .boolean()
          .default(true)
          .describe("Subtract the reward of the row's own target. Default: the released code."),
        clip: z
          .number()
          .gt(0)
          .default(10)
          .describe('Scores are clipped to +-this. Default: the released code.'),
        scaleByRunningStd: z
          .boolean()
          .default(true)
          .describe(
            'Divide by the running standard deviation, no mean. Default: the released code.',
          ),
        missingEndPenalty: z
          .number()
          .min(0)
          .default(1)
          .describe(
            'Subtracted when a text does not end by itself. Default: lm-human-preferences.',
          ),
        contentFloor: z
          .number()
          .min(0)
          .default(0)
          .describe(
            'Subtract this times (1 - content kept), counted from the words. Default: the paper (0).',
          ),
        repetitionPenalty: z
          .number()
          .min(0)
          .default(0)
          .describe(
            'Subtract this times the share of repeated word pairs and modifiers. Default: the paper (0).',
          ),
      })
      .prefault({}),
    guard: z
      .strictObject({
        maxKl: z
          .number()
          .gt(0)
          .default(100)
          .describe(
            'Nats a text; above it the run stops at its last good checkpoint. Default ours.',
          ),
      })
      .prefault({}),
    sampleEvery: z
      .int()
      .min(1)
      .default(5)
      .describe('Iterations between samples on fixed validation descriptions. Default ours.'),
    sampleCount: z
      .int()
      .min(1)
      .max(1000)
      .default(64)
      .describe('How many such descriptions. Default ours.'),
  })
  .describe('PPO with a value head, a frozen reference and adaptive KL.');
export type PpoSettings = z.infer<typeof ppoSchema>;
