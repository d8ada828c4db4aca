import { z } from 'zod';
import { about, OURS } from './about.js';

/** `collect.sources`: where prompts come from. */
export const sourcesSchema = z
  .array(z.string().min(1))
  .min(1)
  .default(['bundled:diffusiondb-prompts.jsonl.gz'])
  .meta(
    about(
      'Prompt files: JSON lines (.jsonl, .jsonl.gz) or Parquet (.parquet) with a column `prompt` and, if there is one, `id` or `image_name`. `bundled:NAME`, s3://bucket/key in the configured store, or a path; a relative path may not leave the working folder.',
      { from: `${OURS}: the prompts that come with Burnish` },
    ),
  );
