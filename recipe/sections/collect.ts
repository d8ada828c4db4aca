import { z } from 'zod';
import { pairRoutes } from '../pair-routes.js';
import { about, OURS, PAPER } from '../about.js';
import { filtersSchema } from './collect-filters.js';
import { sourcesSchema } from './collect-sources.js';
import { relation } from '../relation.js';

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

const routeShare = z
  .number()
  .min(0)
  .max(1)
  .default(0)
  .meta(
    about('Share of this route; the three are scaled to sum to 1.', { unit: 'none', from: OURS }),
  );

export const collectSchema = z
  .strictObject({
    sources: sourcesSchema,
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
    shares: z
      .strictObject({ caption: routeShare, summary: routeShare, improved: routeShare })
      .refine(
        ...relation(
          ['caption', 'summary', 'improved'],
          ({ caption, summary, improved }) => caption + summary + improved > 0,
          'the three shares must not all be 0',
        ),
      )
      .nullable()
      .default(null)
      .meta(
        about(
          'In what proportion the routes stand; rows beyond it are put aside. null uses every row as it can be.',
          { from: `${OURS}; ${PAPER} does not say` },
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
    filters: filtersSchema,
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
