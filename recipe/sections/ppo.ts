import { z } from 'zod';
import { above, CODE, field, flag, int, multipleOf, number, numberOrNull, OURS, PAPER, relation, section, share } from '../fields.js';
import { equalParts, finalShare, learningRate, optimiserFields, ppoGuardSchema, trainingSizeFields, weightDecay } from './optimiser.js';

export const samplingSchema = section('How text is drawn from the policy.', {
  temperature: field('Divides the logits in rollout, training, reference and evaluation alike; 0 is greedy, else at least 0.001.', {
    schema: z
      .number()
      .min(0)
      .max(2)
      // Logits divided by less leave the range of a float.
      .refine((value) => value <= 0 || value >= 1e-3, 'must be 0, which is greedy, or at least 0.001')
      .default(0.7),
    unit: 'none',
    from: `${OURS}: at 1.0, the paper's value, a small model loses a third of the content`,
  }),
  topK: field('Keep the k likeliest tokens; 0 keeps all.', int(0, [0, 300_000], 'tokens', CODE)),
  topP: field('Keep the smallest set of tokens with this probability; 1 keeps all.', number(1, [above(0), 1], 'none', CODE)),
  maxNewTokens: field('Longest text.', int(48, [1, 2048], 'tokens', `${OURS}, for the demo; ${CODE} has 256`)),
  repetitionPenalty: field(
    'Divides the logits of tokens already there, as in transformers; 1 is off.',
    number(1, [1, 2], 'none', `${PAPER}'s rollouts (off)`),
  ),
});
export type Sampling = z.infer<typeof samplingSchema>;

const klSchema = section('Penalty a token, -coefficient * (log pi - log pi_ref), inside the reward.', {
  coefficient: field('Penalty at the start, reward a nat.', number(0.05, [0, 100], '1 / nat', CODE)),
  target: field(
    'KL to the reference that the controller aims at; null fixes the coefficient.',
    numberOrNull(6, [above(0), 10_000], 'nats a text', CODE),
  ),
  horizon: field('Rollouts in which the controller may change the coefficient much.', number(10_000, [above(0), 1e9], 'rollouts', CODE)),
  minCoefficient: field('Floor under the adaptive coefficient.', number(0, [0, 100], '1 / nat', `${CODE} (none)`)),
  stopAt: field(
    "Ends a phase's epochs when the mean approximate KL to the rollout policy passes this; null is off.",
    numberOrNull(null, [above(0), 100], 'nats a token', `${CODE} (off)`),
  ),
});

const rewardSchema = section('The score of a text, put on its last token.', {
  pickWeight: field('alpha, the weight of the PickScore model; the aesthetic model has 1 - alpha.', share(0.7, CODE)),
  minusTarget: field("Subtract the reward of the row's own target.", flag(true, CODE)),
  clip: field('Scores are clipped to plus and minus this.', number(10, [above(0), 1e6], 'standard deviations', CODE)),
  scaleByRunningStd: field('Divide scores by their running standard deviation, no mean.', flag(true, CODE)),
  missingEndPenalty: field(
    'Subtracted from the score of a text that does not end by itself.',
    number(1, [0, 100], 'standard deviations', 'lm-human-preferences'),
  ),
  contentFloor: field(
    'Subtract this times (1 - content kept), counted from the words.',
    number(0, [0, 100], 'standard deviations', `${PAPER} (none)`),
  ),
  repetitionPenalty: field(
    'Subtract this times the share of repeated word pairs and modifiers.',
    number(0, [0, 100], 'standard deviations', `${PAPER} (none)`),
  ),
});

export const ppoSchema = section('PPO with a value head, a frozen reference and an adaptive KL penalty.', {
  ...optimiserFields,
  learningRate: learningRate(5e-6, `${CODE}, for bloom-1b1`),
  finalShare: finalShare(1, `${CODE} (flat)`),
  weightDecay: weightDecay(1e-6, CODE),
  valueRateFactor: field("The value head's learning rate, as a multiple of the policy's.", number(1, [above(0), 100], 'none', CODE)),
  iterations: field('Rollout phases.', int(78, [1, 10_000_000], 'phases', `${CODE} (5,000 steps)`)),
  rolloutsPerIteration: field('Texts drawn in a phase.', int(256, [2, 1_000_000], 'texts', `${CODE} (64 on each of 4 GPUs)`)),
  groupSize: field(
    'Texts of one description; above 1 the mean of the group is subtracted from the score.',
    int(1, [1, 1024], 'texts', `${PAPER} (1)`),
  ),
  epochs: field('Passes over the texts of a phase.', int(4, [1, 16], 'passes', CODE)),
  minibatchSize: field('Texts of one optimiser step.', int(16, [1, 65_536], 'texts', `${CODE} (in effect)`)),
  maxPromptTokens: field('Template and description; a longer description is cut, never the template.', int(128, [4, 4096], 'tokens', CODE)),
  sampling: samplingSchema
    .refine(...relation(['temperature'], ({ temperature }) => temperature > 0, 'must be above 0: PPO learns from drawn texts'))
    .prefault({}),
  gamma: field('Discount a token.', number(1, [above(0), 1], 'none', CODE)),
  lambda: field('Lambda of generalised advantage estimation.', share(0.95, CODE)),
  clipRange: field('Clip range of the probability ratio.', number(0.2, [above(0), 1], 'none', CODE)),
  valueClipRange: field('Clip range of the value around its old estimate.', number(0.2, [above(0), 1e6], 'standard deviations', CODE)),
  valueCoefficient: field('Weight of the value loss.', number(0.5, [0, 100], 'none', CODE)),
  kl: klSchema.prefault({}),
  reward: rewardSchema.prefault({}),
  guard: ppoGuardSchema.prefault({}),
  sampleEvery: field(
    'Phases between samples on fixed validation descriptions.',
    int(5, [1, 1_000_000], 'phases', `${OURS}; ${CODE} evaluates every 500 steps`),
  ),
  sampleCount: field('How many such descriptions.', int(64, [1, 1000], 'descriptions', `${OURS}; ${CODE} has 500`)),
  ...trainingSizeFields,
})
  .refine(...equalParts('minibatchSize'))
  .refine(...multipleOf('rolloutsPerIteration', 'groupSize'))
  .refine(...multipleOf('rolloutsPerIteration', 'minibatchSize'));
export type PpoSettings = z.infer<typeof ppoSchema>;
