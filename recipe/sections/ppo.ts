import { z } from 'zod';
import { about, CODE, OURS, PAPER } from '../about.js';
import { ppoGuardSchema } from './guard.js';
import { finalShare, learningRate, optimiserFields, weightDecay } from './optimiser.js';
import { relation } from '../relation.js';
import { samplingSchema } from './sampling.js';
import { equalParts, trainingSizeFields } from './training-size.js';

const klSchema = z
  .strictObject({
    coefficient: z
      .number()
      .min(0)
      .max(100)
      .default(0.05)
      .meta(about('Penalty at the start, reward a nat.', { unit: '1 / nat', from: CODE })),
    target: z
      .number()
      .gt(0)
      .max(10_000)
      .nullable()
      .default(6)
      .meta(
        about('KL to the reference that the controller aims at; null fixes the coefficient.', {
          unit: 'nats a text',
          from: CODE,
        }),
      ),
    horizon: z
      .number()
      .gt(0)
      .max(1e9)
      .default(10_000)
      .meta(
        about('Rollouts in which the controller may change the coefficient much.', {
          unit: 'rollouts',
          from: CODE,
        }),
      ),
    minCoefficient: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .meta(
        about('Floor under the adaptive coefficient.', { unit: '1 / nat', from: `${CODE} (none)` }),
      ),
    stopAt: z
      .number()
      .gt(0)
      .max(100)
      .nullable()
      .default(null)
      .meta(
        about(
          "Ends a phase's epochs when the mean approximate KL to the rollout policy passes this; null is off.",
          { unit: 'nats a token', from: `${CODE} (off)` },
        ),
      ),
  })
  .meta(about('Penalty a token, -coefficient * (log pi - log pi_ref), inside the reward.'));

const rewardSchema = z
  .strictObject({
    pickWeight: z
      .number()
      .min(0)
      .max(1)
      .default(0.7)
      .meta(
        about('alpha, the weight of the PickScore model; the aesthetic model has 1 - alpha.', {
          unit: 'none',
          from: CODE,
        }),
      ),
    minusTarget: z
      .boolean()
      .default(true)
      .meta(about("Subtract the reward of the row's own target.", { from: CODE })),
    clip: z
      .number()
      .gt(0)
      .max(1e6)
      .default(10)
      .meta(
        about('Scores are clipped to plus and minus this.', {
          unit: 'standard deviations',
          from: CODE,
        }),
      ),
    scaleByRunningStd: z
      .boolean()
      .default(true)
      .meta(about('Divide scores by their running standard deviation, no mean.', { from: CODE })),
    missingEndPenalty: z
      .number()
      .min(0)
      .max(100)
      .default(1)
      .meta(
        about('Subtracted from the score of a text that does not end by itself.', {
          unit: 'standard deviations',
          from: 'lm-human-preferences',
        }),
      ),
    contentFloor: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .meta(
        about('Subtract this times (1 - content kept), counted from the words.', {
          unit: 'standard deviations',
          from: `${PAPER} (none)`,
        }),
      ),
    repetitionPenalty: z
      .number()
      .min(0)
      .max(100)
      .default(0)
      .meta(
        about('Subtract this times the share of repeated word pairs and modifiers.', {
          unit: 'standard deviations',
          from: `${PAPER} (none)`,
        }),
      ),
  })
  .meta(about('The score of a text, put on its last token.'));

export const ppoSchema = z
  .strictObject({
    ...optimiserFields,
    learningRate: learningRate(5e-6, `${CODE}, for bloom-1b1`),
    finalShare: finalShare(1, `${CODE} (flat)`),
    weightDecay: weightDecay(1e-6, CODE),
    valueRateFactor: z
      .number()
      .gt(0)
      .max(100)
      .default(1)
      .meta(
        about("The value head's learning rate, as a multiple of the policy's.", {
          unit: 'none',
          from: CODE,
        }),
      ),
    iterations: z
      .int()
      .min(1)
      .max(10_000_000)
      .default(78)
      .meta(about('Rollout phases.', { unit: 'phases', from: `${CODE} (5,000 steps)` })),
    rolloutsPerIteration: z
      .int()
      .min(2)
      .max(1_000_000)
      .default(256)
      .meta(
        about('Texts drawn in a phase.', { unit: 'texts', from: `${CODE} (64 on each of 4 GPUs)` }),
      ),
    groupSize: z
      .int()
      .min(1)
      .max(1024)
      .default(1)
      .meta(
        about(
          'Texts of one description; above 1 the mean of the group is subtracted from the score.',
          {
            unit: 'texts',
            from: `${PAPER} (1)`,
          },
        ),
      ),
    epochs: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .meta(about('Passes over the texts of a phase.', { unit: 'passes', from: CODE })),
    minibatchSize: z
      .int()
      .min(1)
      .max(65_536)
      .default(16)
      .meta(about('Texts of one optimiser step.', { unit: 'texts', from: `${CODE} (in effect)` })),
    maxPromptTokens: z
      .int()
      .min(4)
      .max(4096)
      .default(128)
      .meta(
        about('Template and description; a longer description is cut, never the template.', {
          unit: 'tokens',
          from: CODE,
        }),
      ),
    sampling: samplingSchema
      .refine(
        ...relation(
          ['temperature'],
          ({ temperature }) => temperature > 0,
          'must be above 0: PPO learns from drawn texts',
        ),
      )
      .prefault({}),
    gamma: z
      .number()
      .gt(0)
      .max(1)
      .default(1)
      .meta(about('Discount a token.', { unit: 'none', from: CODE })),
    lambda: z
      .number()
      .min(0)
      .max(1)
      .default(0.95)
      .meta(about('Lambda of generalised advantage estimation.', { unit: 'none', from: CODE })),
    clipRange: z
      .number()
      .gt(0)
      .max(1)
      .default(0.2)
      .meta(about('Clip range of the probability ratio.', { unit: 'none', from: CODE })),
    valueClipRange: z
      .number()
      .gt(0)
      .max(1e6)
      .default(0.2)
      .meta(
        about('Clip range of the value around its old estimate.', {
          unit: 'standard deviations',
          from: CODE,
        }),
      ),
    valueCoefficient: z
      .number()
      .min(0)
      .max(100)
      .default(0.5)
      .meta(about('Weight of the value loss.', { unit: 'none', from: CODE })),
    kl: klSchema.prefault({}),
    reward: rewardSchema.prefault({}),
    guard: ppoGuardSchema.prefault({}),
    sampleEvery: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(5)
      .meta(
        about('Phases between samples on fixed validation descriptions.', {
          unit: 'phases',
          from: `${OURS}; ${CODE} evaluates every 500 steps`,
        }),
      ),
    sampleCount: z
      .int()
      .min(1)
      .max(1000)
      .default(64)
      .meta(
        about('How many such descriptions.', {
          unit: 'descriptions',
          from: `${OURS}; ${CODE} has 500`,
        }),
      ),
    ...trainingSizeFields,
  })
  .refine(...equalParts('minibatchSize'))
  .refine(
    ...relation(
      ['rolloutsPerIteration', 'groupSize'],
      ({ rolloutsPerIteration, groupSize }) => rolloutsPerIteration % groupSize === 0,
      'must be a multiple of groupSize',
    ),
  )
  .refine(
    ...relation(
      ['rolloutsPerIteration', 'minibatchSize'],
      ({ rolloutsPerIteration, minibatchSize }) => rolloutsPerIteration % minibatchSize === 0,
      'must be a multiple of minibatchSize',
    ),
  )
  .meta(about('PPO with a value head, a frozen reference and an adaptive KL penalty.'));
export type PpoSettings = z.infer<typeof ppoSchema>;
