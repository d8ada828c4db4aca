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
