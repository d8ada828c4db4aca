import { z } from 'zod';
import { about, OURS } from '../about.js';

const stepsBack = (value: number, unit: string): z.ZodDefault<z.ZodInt> =>
  z
    .int()
    .min(1)
    .max(1_000_000)
    .default(value)
    .meta(
      about(
        'How far before the step that tripped the lower rate begins: what led to it came before it was seen.',
        { unit, from: OURS },
      ),
    );

const guardFields = {
  answer: z
    .enum(['lower-rate', 'stop', 'ask'])
    .default('lower-rate')
    .meta(
      about(
        'What follows when a guard trips: go back and on with a lower learning rate, end the stage, or wait for an operator.',
        {
          from: `${OURS}: a run of the night should end by itself, and publishing has its own bar`,
        },
      ),
    ),
  rateFactor: z
    .number()
    .gt(0)
    .max(1)
    .default(0.5)
    .meta(
      about('The learning rate is multiplied by this, each time.', { unit: 'none', from: OURS }),
    ),
  maxRollbacks: z
    .int()
    .min(0)
    .max(10)
    .default(3)
    .meta(
      about('How often `lower-rate` goes back before the stage ends.', {
        unit: 'times',
        from: OURS,
      }),
    ),
  maxGradientNorm: z
    .number()
    .gt(0)
    .max(1e12)
    .nullable()
    .default(1000)
    .meta(
      about(
        'Global norm of the gradients, before clipping, above which a guard trips; null is off.',
        {
          unit: 'none',
          from: `${OURS}: far above what healthy steps show`,
        },
      ),
    ),
};

/** When training by gradient descent must not go on, and what follows. */
export const guardSchema = z
  .strictObject({ ...guardFields, stepsBack: stepsBack(50, 'steps') })
  .meta(about('When training must not go on, and what follows; a loss must be finite always.'));
export type GuardSettings = z.infer<typeof guardSchema>;

/** The same for PPO, which has more to watch. */
export const ppoGuardSchema = z
  .strictObject({
    ...guardFields,
    stepsBack: stepsBack(5, 'phases'),
    maxKl: z
      .number()
      .gt(0)
      .max(1e6)
      .default(100)
      .meta(
        about('KL to the reference above which a guard trips.', {
          unit: 'nats a text',
          from: OURS,
        }),
      ),
    maxScoreDrop: z
      .number()
      .gt(0)
      .max(1e6)
      .nullable()
      .default(2)
      .meta(
        about(
          'How far the mean score of three phases may fall under the best three before a guard trips; null is off.',
          { unit: 'standard deviations', from: OURS },
        ),
      ),
    maxFirstRatioError: z
      .number()
      .gt(0)
      .max(1)
      .default(0.01)
      .meta(
        about(
          'How far the probability ratio before the first update of a phase may be from 1: beyond it rollout and training disagree.',
          { unit: 'none', from: `${OURS}: rounding, in bfloat16 too` },
        ),
      ),
  })
  .meta(about('When training must not go on, and what follows; a loss must be finite always.'));
