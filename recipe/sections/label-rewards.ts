import { z } from 'zod';
import { about, OURS, PAPER } from '../about.js';
import { relation } from '../relation.js';

const labelShare = (value: number, meaning: string) =>
  z
    .number()
    .min(0)
    .max(1)
    .default(value)
    .meta(about(meaning, { unit: 'none', from: `${OURS}, from a study of small models` }));

export const labelRewardsSchema = z
  .strictObject({
    rows: z
      .int()
      .min(20)
      .max(10_000_000)
      .default(3000)
      .meta(
        about('Texts to score, training and validation together.', {
          unit: 'texts',
          from: `${OURS}; ${PAPER} labels its 143,000 pairs`,
        }),
      ),
    shares: z
      .strictObject({
        target: labelShare(0.35, "The data's own y."),
        plain: labelShare(0.1, 'x unchanged.'),
        sample: labelShare(0.4, 'Samples of the fine-tuned model.'),
        corrupted: labelShare(
          0.15,
          'y with words dropped, repeated, shuffled, cut, looped, or of another row.',
        ),
      })
      .refine(
        ...relation(
          ['target', 'plain', 'sample', 'corrupted'],
          ({ target, plain, sample, corrupted }) => target + plain + sample + corrupted > 0,
          'the four shares must not all be 0',
        ),
      )
      .prefault({})
      .meta(about('What is scored; scaled to sum to 1.')),
    greedyShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .meta(
        about('Share of the samples drawn greedily.', {
          unit: 'none',
          from: `${OURS}: so that the reward models see loops`,
        }),
      ),
    imagesPerPrompt: z
      .int()
      .min(1)
      .max(16)
      .default(4)
      .meta(
        about('Pictures averaged into one score.', {
          unit: 'pictures',
          from: `${OURS}; ${PAPER} does not say`,
        }),
      ),
    validationShare: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.12)
      .meta(
        about('Share of the texts that is of validation descriptions, held out from training.', {
          unit: 'none',
          from: `${OURS}; ${PAPER} holds out none`,
        }),
      ),
  })
  .meta(about('Texts and their scores, for the reward models to learn.'));
export type LabelRewardsSettings = z.infer<typeof labelRewardsSchema>;
