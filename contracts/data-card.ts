import { z } from 'zod';
import { splits } from './records.js';
import { pairRoutes } from '../recipe/stage.js';

/** The data card's files in a dataset: numbers, a page, and a Hugging Face dataset card. */
export const CardFile = { json: 'card.json', page: 'card.html', readme: 'README.md' } as const;

const count = z.int().nonnegative();

/** Whole numbers, or scores rounded to hundredths, as a summary and a histogram. */
const distributionSchema = z.strictObject({
  count,
  mean: z.number(),
  min: z.number(),
  median: z.number(),
  p95: z.number(),
  max: z.number(),
  /** Bin i holds the values from `from + i * width`, that one included, up to the next. */
  histogram: z.strictObject({ from: z.number(), width: z.number(), counts: z.array(count) }),
});
export type Distribution = z.infer<typeof distributionSchema>;

const lengthsSchema = z.strictObject({ x: distributionSchema, y: distributionSchema });

/** A row put aside, as the card shows it: at most 200 characters, unsafe words masked. */
const cardSampleSchema = z.strictObject({
  origin: z.string(),
  reason: z.string(),
  excerpt: z.string(),
});
export type CardSample = z.infer<typeof cardSampleSchema>;

const costSchema = z.strictObject({
  /** Calls that were answered. */
  calls: count,
  /** As counted by the server; 0 where it does not say. */
  promptTokens: count,
  completionTokens: count,
  images: count,
  scores: count,
  /** In the unit of the recipe's prices. */
  cost: z.number().nonnegative(),
});
export type ProviderCost = z.infer<typeof costSchema>;

/** `card.json` of a dataset: what the data is, where it comes from, what was put aside and what it cost. */
export const dataCardSchema = z.strictObject({
  version: z.literal(3),
  sources: z.array(
    z.strictObject({
      /** As the recipe names it. */
      source: z.string(),
      sha256: z.string(),
      byteLength: count,
      /** Rows read from it. */
      rows: count.optional(),
      /** Identifier of its licence, such as `cc0-1.0`; absent where it is not known. */
      licence: z.string().optional(),
    }),
  ),
  /** Licence and origin of the bundled sources; empty when none is used. */
  licence: z.string(),
  /** `collect` of the recipe, defaults filled in. */
  settings: z.record(z.string(), z.unknown()),
  /** Providers whose answers are simulated. */
  simulated: z.array(z.string()),
  rows: z.strictObject({
    read: count,
    clean: count,
    /** Clean rows that share a long part with hundreds of others: near repetitions among them may be left. */
    crowded: count,
    trainPrompts: count,
  }),
  /** Every filter in the order in which rows met it: `in` rows came, `dropped` were put aside, `left` went on. */
  filters: z.array(z.strictObject({ filter: z.string(), in: count, dropped: count, left: count })),
  /** Rows that failed for good on the way; with their reasons. */
  quarantine: z.strictObject({
    count,
    byReason: z.record(z.string(), count),
    samples: z.array(cardSampleSchema),
  }),
  /** Dropped and quarantined rows, counted by the reason without its details. */
  rejected: z.record(z.string(), count),
  duplicates: z.strictObject({
    /** Equal to another row, to a text of another split or to another pair. */
    exact: count,
    near: count,
    /** Equal to a row that an earlier collection kept, which this one went on from. */
    earlierExact: count,
    earlierNear: count,
  }),
  pairs: z.strictObject({
    total: count,
    bySplit: z.record(z.enum(splits), count),
    byRoute: z.record(z.enum(pairRoutes), count),
    routesBySplit: z.record(z.enum(splits), z.record(z.enum(pairRoutes), count)),
  }),
  /** Words of descriptions (x) and targets (y) over all splits. */
  words: lengthsSchema,
  characters: lengthsSchema,
  /** Always empty: no source gives scores of pairs. A field of this version, so that cards stay the same. */
  scores: z.strictObject({}),
  /** Mean share of the description's content words found in the target. */
  contentKept: z.number(),
  modifiers: z.strictObject({
    /** The most frequent of the targets' modifiers, by the number of times they stand in one. */
    top: z.array(z.strictObject({ modifier: z.string(), count })),
    /** Every count may be short by up to this; 0 if they are exact. */
    shortBy: count,
  }),
  /** By provider. */
  cost: z.record(z.string(), costSchema),
  /** By filter: rows it put aside, chosen by a hash. */
  samples: z.record(z.string(), z.array(cardSampleSchema)),
});
export type DataCard = z.infer<typeof dataCardSchema>;
