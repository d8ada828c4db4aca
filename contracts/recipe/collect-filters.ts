import { z } from 'zod';
import { about, OURS } from './about.js';

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
  })
  .prefault({})
  .meta(about('Thresholds of the filters that a prompt must pass.'));
export type FilterThresholds = z.infer<typeof filtersSchema>;
