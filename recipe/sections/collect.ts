import { z } from 'zod';
import {
  above,
  below,
  CODE,
  field,
  flag,
  int,
  intOrNull,
  number,
  numberOrNull,
  openSection,
  optionalText,
  OURS,
  PAPER,
  relation,
  section,
  share,
  sharesNotAllZero,
} from '../fields.js';
import { pairRoutes } from '../stage.js';

/** Formats of prompt files; a name tells its format by its ending, after which `.gz` may stand unless it is Parquet. */
export const sourceFormats = ['parquet', 'jsonl', 'csv', 'txt'] as const;
export type SourceFormat = (typeof sourceFormats)[number];

const column = (meaning: string, from: string) => field(meaning, optionalText(`${OURS}: ${from}`));

const columnsSchema = section(
  'Names of the columns, where they are not the usual ones.',
  {
    prompt: column('Column with the prompt.', '`prompt`'),
    id: column('Column with the id of the row.', '`id`, or else `image_name` as DiffusionDB calls it'),
    image: column(
      "Column with the picture: a path, an http, https or s3 address, or a picture's name in `images`.",
      'none; `image_name` of DiffusionDB when `images` is given',
    ),
    promptNsfw: column("Column with the prompt's NSFW score.", "none; DiffusionDB's `prompt_nsfw`"),
    imageNsfw: column("Column with the picture's NSFW score.", "none; DiffusionDB's `image_nsfw`"),
    aesthetic: column("Column with the picture's aesthetic score.", 'none'),
  },
  OURS,
);

const describedSourceSchema = section('A source whose format, columns, pictures or licence are told.', {
  path: field(
    'A file, a folder (its known files in name order) or a pattern such as metadata/part-*.parquet; bundled:NAME, or s3://bucket/ before a key, a prefix/ or a pattern in the configured store.',
    { schema: z.string().min(1) },
  ),
  format: field('Format of the files.', {
    schema: z.enum(sourceFormats).optional(),
    from: `${OURS}: the ending of the name`,
  }),
  columns: columnsSchema.optional(),
  images: field(
    'Where the pictures are: a folder, a .zip, an s3://bucket/prefix or the start of an http(s) address; for DiffusionDB the folder that holds the parts as folders or zips.',
    optionalText(`${OURS}: beside the file`),
  ),
  licence: field('Licence of the rows, for the data card.', optionalText(`${OURS}: not stated`)),
});

const sourceSchema = z.union([z.string().min(1), describedSourceSchema]);
/** One of `collect.sources`: a path, or a path with its format, columns, pictures and licence. */
export type SourceSetting = z.infer<typeof sourceSchema>;
export type DescribedSource = z.infer<typeof describedSourceSchema>;

/** A source in its long form. */
export function describedSource(source: SourceSetting): DescribedSource {
  return typeof source === 'string' ? { path: source } : source;
}

/** `collect.sources`: where prompts come from. */
export const sourcesSchema = field(
  'Prompt files: Parquet (.parquet), JSON lines (.jsonl), CSV with a header (.csv) or a prompt a line (.txt), the last three also as .gz; a file, a folder, a pattern, `bundled:NAME` or s3://bucket/... in the configured store. A relative path may not leave the working folder. Instead of a path also an object with `path`, `format`, `columns`, `images` and `licence`: see docs/sources.md.',
  {
    schema: z.array(sourceSchema).min(1).default(['bundled:diffusiondb-prompts.jsonl.gz']),
    from: `${OURS}: the prompts that come with Burnish`,
  },
);

const nsfwLimit = (of: string) =>
  field(
    `Rows whose source gives the ${of} a higher NSFW score are put aside; null asks no score. DiffusionDB's go from 0 to 1, 2 is a refusal.`,
    numberOrNull(0.9, [0, 2], 'none', OURS),
  );

const tokenLimit = (side: string, from: string) =>
  field(
    `Pairs whose target has ${side} tokens of the base model are put aside; null does not count them.`,
    intOrNull(null, [1, 4096], 'tokens', from),
  );

/** `collect.filters`: thresholds of the filters beyond the lengths, each with its count in the data card. */
export const filtersSchema = openSection('Thresholds of the filters that a prompt must pass.', {
  nearDuplicate: field(
    'Jaccard similarity of word triples from which a prompt counts as a repetition of an earlier one.',
    number(0.7, [above(0), 1], 'none', OURS),
  ),
  maxRepeats: field(
    'A word, phrase or comma segment may stand this many times, words and phrases running.',
    int(3, [1, 100], 'times', OURS),
  ),
  maxRepeatedShare: field(
    'Share of the word triples of a prompt that may repeat earlier ones of it.',
    share(0.3, `${OURS}: at most 0.25 in the bundled prompts`),
  ),
  minCommonWords: field(
    'Below this share of words that are common in prompts a text looks foreign; a second sign is needed.',
    share(0.3, OURS),
  ),
  maxPromptNsfw: nsfwLimit('prompt'),
  maxImageNsfw: nsfwLimit('picture'),
  minAesthetic: field(
    "Rows whose picture's aesthetic score is lower are put aside, where the source has one; null keeps them.",
    numberOrNull(null, [0, 10], 'points', `${OURS}: ${PAPER} cuts without saying where`),
  ),
  minTargetTokens: tokenLimit('fewer', `${OURS}; ${CODE} drops targets under 25 when it trains`),
  maxTargetTokens: tokenLimit('more', OURS),
  heldOutDuplicate: field(
    'The same similarity from which a text counts as one of a held-out split and leaves the other split; null looks for equal texts only.',
    numberOrNull(0.9, [above(0), 1], 'none', `${OURS}: takes nothing out of the bundled prompts, 0.7 five pairs`),
  ),
});
export type FilterThresholds = z.infer<typeof filtersSchema>;

const splitShare = (split: string) =>
  field(
    `Share of the rows that go to ${split}, by a hash of the row's id.`,
    number(0.04, [above(0), below(0.5)], 'none', `${OURS}; ${PAPER} draws 2,000 test prompts for 143,000 pairs`),
  );

const routeShare = field('Share of this route; the three are scaled to sum to 1.', share(0, OURS));

export const collectSchema = section('Pairs of a plain description and a prompt, from real prompts.', {
  sources: sourcesSchema,
  maxRows: field('Read at most this many rows; null reads all.', intOrNull(null, [1, Infinity], 'rows', OURS)),
  routes: field('Ways to make pairs: `caption` of the picture of a good prompt, `summary` of a good prompt, `improved` plain prompt.', {
    schema: z
      .array(z.enum(pairRoutes))
      .min(1)
      .default([...pairRoutes]),
    from: `${PAPER} (all three)`,
  }),
  shares: field('In what proportion the routes stand; rows beyond it are put aside. null uses every row as it can be.', {
    schema: z
      .strictObject({ caption: routeShare, summary: routeShare, improved: routeShare })
      .refine(...sharesNotAllZero(['caption', 'summary', 'improved']))
      .nullable()
      .default(null),
    from: `${OURS}; ${PAPER} does not say`,
  }),
  minWords: field('Prompts with fewer words are put aside.', int(2, [1, 1000], 'words', OURS)),
  maxWords: field('Prompts with more words are put aside.', int(75, [2, 1000], 'words', `${OURS}: 0.25 % of public prompts are longer`)),
  maxDescriptionWords: field(
    'Pairs whose description has more words are put aside.',
    int(20, [1, 1000], 'words', `${OURS}: people type short descriptions`),
  ),
  maxTargetWords: field('Targets are cut to this many words, at a comma.', int(48, [4, 1000], 'words', OURS)),
  minContentKept: field(
    "Pairs are put aside when a smaller share of the description's content words is in the target.",
    share(0.9, `${OURS}: ${PAPER} checks consistency without saying how`),
  ),
  lowerCase: field('Write every text in lower case.', flag(true, `${OURS}: text encoders of the CLIP family do so anyway`)),
  validationShare: splitShare('validation'),
  testShare: splitShare('test'),
  maxLossShare: field(
    'The run stops if providers fail for good on more than this share of the rows, of a shard or of all.',
    share(0.5, OURS),
  ),
  filters: filtersSchema,
}).refine(...relation(['maxWords', 'minWords'], ({ minWords, maxWords }) => minWords <= maxWords, 'must be at least minWords'));
export type CollectSettings = z.infer<typeof collectSchema>;
