import { z } from 'zod';
import { about, OURS } from '../about.js';

/** Formats of prompt files; a name tells its format by its ending, after which `.gz` may stand unless it is Parquet. */
export const sourceFormats = ['parquet', 'jsonl', 'csv', 'txt'] as const;
export type SourceFormat = (typeof sourceFormats)[number];

const column = (meaning: string, from: string) =>
  z
    .string()
    .min(1)
    .optional()
    .meta(about(meaning, { from: `${OURS}: ${from}` }));

const columnsSchema = z
  .strictObject({
    prompt: column('Column with the prompt.', '`prompt`'),
    id: column(
      'Column with the id of the row.',
      '`id`, or else `image_name` as DiffusionDB calls it',
    ),
    image: column(
      "Column with the picture: a path, an http, https or s3 address, or a picture's name in `images`.",
      'none; `image_name` of DiffusionDB when `images` is given',
    ),
    promptNsfw: column("Column with the prompt's NSFW score.", "none; DiffusionDB's `prompt_nsfw`"),
    imageNsfw: column("Column with the picture's NSFW score.", "none; DiffusionDB's `image_nsfw`"),
    aesthetic: column("Column with the picture's aesthetic score.", 'none'),
  })
  .meta(about('Names of the columns, where they are not the usual ones.', { from: OURS }));

const describedSourceSchema = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .meta(
        about(
          'A file, a folder (its known files in name order) or a pattern such as metadata/part-*.parquet; bundled:NAME, or s3://bucket/ before a key, a prefix/ or a pattern in the configured store.',
        ),
      ),
    format: z
      .enum(sourceFormats)
      .optional()
      .meta(about('Format of the files.', { from: `${OURS}: the ending of the name` })),
    columns: columnsSchema.optional(),
    images: z
      .string()
      .min(1)
      .optional()
      .meta(
        about(
          'Where the pictures are: a folder, a .zip, an s3://bucket/prefix or the start of an http(s) address; for DiffusionDB the folder that holds the parts as folders or zips.',
          { from: `${OURS}: beside the file` },
        ),
      ),
    licence: z
      .string()
      .min(1)
      .optional()
      .meta(about('Licence of the rows, for the data card.', { from: `${OURS}: not stated` })),
  })
  .meta(about('A source whose format, columns, pictures or licence are told.'));

const sourceSchema = z.union([z.string().min(1), describedSourceSchema]);
/** One of `collect.sources`: a path, or a path with what is told of it. */
export type SourceSetting = z.infer<typeof sourceSchema>;
export type DescribedSource = z.infer<typeof describedSourceSchema>;

/** A source in its long form. */
export function describedSource(source: SourceSetting): DescribedSource {
  return typeof source === 'string' ? { path: source } : source;
}

/** `collect.sources`: where prompts come from. */
export const sourcesSchema = z
  .array(sourceSchema)
  .min(1)
  .default(['bundled:diffusiondb-prompts.jsonl.gz'])
  .meta(
    about(
      'Prompt files: Parquet (.parquet), JSON lines (.jsonl), CSV with a header (.csv) or a prompt a line (.txt), the last three also as .gz; a file, a folder, a pattern, `bundled:NAME` or s3://bucket/... in the configured store. A relative path may not leave the working folder. Instead of a path also an object with `path`, `format`, `columns`, `images` and `licence`: see docs/sources.md.',
      { from: `${OURS}: the prompts that come with Burnish` },
    ),
  );
