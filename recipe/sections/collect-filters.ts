import { z } from 'zod';
import { about, CODE, OURS, PAPER } from '../about.js';

const nsfwLimit = (of: string) =>
  z
    .number()
    .min(0)
    .max(2)
    .nullable()
    .default(0.9)
    .meta(
      about(
        `Rows whose source gives the ${of} a higher NSFW score are put aside; null asks no score. DiffusionDB's go from 0 to 1, 2 is a refusal.`,
        { unit: 'none', from: OURS },
      ),
    );

const tokenLimit = (side: string, from: string) =>
  z
    .int()
    .min(1)
    .max(4096)
    .nullable()
    .default(null)
    .meta(
      about(
        `Pairs whose target has ${side} tokens of the base model are put aside; null does not count them.`,
        {
          unit: 'tokens',
          from,
        },
      ),
    );

/** `collect.filters`: thresholds of the filters beyond the lengths, each with its count in the data card. */
export const filtersSchema = z
  .strictObject({
    nearDuplicate: z
      .number()
      .gt(0)
      .max(1)
      .default(0.7)
      .meta(
        about(
          'Jaccard similarity of word triples from which a prompt counts as a repetition of an earlier one.',
          { unit: 'none', from: OURS },
        ),
      ),
    maxRepeats: z
      .int()
      .min(1)
      .max(100)
      .default(3)
      .meta(
        about(
          'A word, phrase or comma segment may stand this many times, words and phrases running.',
          {
            unit: 'times',
            from: OURS,
          },
        ),
      ),
    maxRepeatedShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .meta(
        about('Share of the word triples of a prompt that may repeat earlier ones of it.', {
          unit: 'none',
          from: `${OURS}: at most 0.25 in the bundled prompts`,
        }),
      ),
    minCommonWords: z
      .number()
      .min(0)
      .max(1)
      .default(0.3)
      .meta(
        about(
          'Below this share of words that are common in prompts a text looks foreign; a second sign is needed.',
          { unit: 'none', from: OURS },
        ),
      ),
    maxPromptNsfw: nsfwLimit('prompt'),
    maxImageNsfw: nsfwLimit('picture'),
    minAesthetic: z
      .number()
      .min(0)
      .max(10)
      .nullable()
      .default(null)
      .meta(
        about(
          "Rows whose picture's aesthetic score is lower are put aside, where the source has one; null keeps them.",
          { unit: 'points', from: `${OURS}: ${PAPER} cuts without saying where` },
        ),
      ),
    minTargetTokens: tokenLimit('fewer', `${OURS}; ${CODE} drops targets under 25 when it trains`),
    maxTargetTokens: tokenLimit('more', OURS),
    heldOutDuplicate: z
      .number()
      .gt(0)
      .max(1)
      .nullable()
      .default(0.9)
      .meta(
        about(
          'The same similarity from which a text counts as one of a held-out split and leaves the other split; null looks for equal texts only.',
          {
            unit: 'none',
            from: `${OURS}: takes nothing out of the bundled prompts, 0.7 five pairs`,
          },
        ),
      ),
  })
  .prefault({})
  .meta(about('Thresholds of the filters that a prompt must pass.'));
export type FilterThresholds = z.infer<typeof filtersSchema>;
