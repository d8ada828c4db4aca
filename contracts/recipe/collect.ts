import { z } from 'zod';
import { pairRoutes } from '../records.js';
import { about, OURS, PAPER } from './about.js';
import { relation } from './relation.js';

const splitShare = (split: string) =>
  z
    .number()
    .gt(0)
    .lt(0.5)
    .default(0.04)
    .meta(
      about(`Share of the rows that go to ${split}, by a hash of the row's id.`, {
        unit: 'none',
        from: `${OURS}; ${PAPER} draws 2,000 test prompts for 143,000 pairs`,
      }),
    );

export const collectSchema = z
  .strictObject({
    sources: z
      .array(z.string().min(1))
      .min(1)
      .default(['bundled:diffusiondb-prompts.jsonl.gz'])
      .meta(
        about(
          'Prompt files: JSON lines (.jsonl, .jsonl.gz) or Parquet (.parquet) with a column `prompt` and, if there is one, `id` or `image_name`. `bundled:NAME`, s3://bucket/key in the configured store, or a path; a relative path may not leave the working folder.',
          { from: `${OURS}: the prompts that come with Burnish` },
        ),
      ),
    maxRows: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .meta(about('Read at most this many rows; null reads all.', { unit: 'rows', from: OURS })),
    routes: z
      .array(z.enum(pairRoutes))
      .min(1)
      .default([...pairRoutes])
      .meta(
        about(
          'Ways to make pairs: `caption` of the picture of a good prompt, `summary` of a good prompt, `improved` plain prompt.',
          { from: `${PAPER} (all three)` },
        ),
      ),
    minWords: z
      .int()
      .min(1)
      .max(1000)
      .default(2)
      .meta(about('Prompts with fewer words are put aside.', { unit: 'words', from: OURS })),
    maxWords: z
      .int()
      .min(2)
      .max(1000)
      .default(75)
      .meta(
        about('Prompts with more words are put aside.', {
          unit: 'words',
          from: `${OURS}: 0.25 % of public prompts are longer`,
        }),
      ),
    maxDescriptionWords: z
      .int()
      .min(1)
      .max(1000)
      .default(20)
      .meta(
        about('Pairs whose description has more words are put aside.', {
          unit: 'words',
          from: `${OURS}: people type short descriptions`,
        }),
      ),
    maxTargetWords: z
      .int()
      .min(4)
      .max(1000)
      .default(48)
      .meta(
        about('Targets are cut to this many words, at a comma.', { unit: 'words', from: OURS }),
      ),
    minContentKept: z
      .number()
      .min(0)
      .max(1)
      .default(0.9)
      .meta(
        about(
          "Pairs are put aside when a smaller share of the description's content words is in the target.",
          { unit: 'none', from: `${OURS}: ${PAPER} checks consistency without saying how` },
        ),
      ),
    lowerCase: z
      .boolean()
      .default(true)
      .meta(
        about('Write every text in lower case.', {
          from: `${OURS}: text encoders of the CLIP family do so anyway`,
        }),
      ),
    validationShare: splitShare('validation'),
    testShare: splitShare('test'),
    maxLossShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .meta(
        about(
          'The run stops if providers fail for good on more than this share of the rows, of a shard or of all.',
          { unit: 'none', from: OURS },
        ),
      ),
  })
  .refine(
    ...relation(
      ['maxWords', 'minWords'],
      ({ minWords, maxWords }) => minWords <= maxWords,
      'must be at least minWords',
    ),
  )
  .meta(about('Pairs of a plain description and a prompt, from real prompts.'));
export type CollectSettings = z.infer<typeof collectSchema>;

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
