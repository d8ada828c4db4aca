import { z } from 'zod';
import { sourceFormats } from '../../recipe/sections/collect.js';

/** What has been read of one file, so that the next run reads only what is new. */
export const sourcePositionSchema = z.strictObject({
  label: z.string(),
  format: z.enum(sourceFormats),
  /** The source's `columns` and `images` in the recipe: other ones make other rows. */
  columns: z.record(z.string(), z.string()),
  images: z.string().nullable(),
  /** Of the first `byteLength` bytes, lower-case hex. */
  sha256: z.string(),
  byteLength: z.int().positive(),
  rowCount: z.int().nonnegative(),
  /** Lines read; rows of Parquet. */
  lineCount: z.int().nonnegative(),
  /** The last row ended with a line end, so that rows can only have been added after it. */
  endsLine: z.boolean(),
});
export type SourcePosition = z.infer<typeof sourcePositionSchema>;
