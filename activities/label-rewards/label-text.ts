import type { z } from 'zod';
import { labelRowSchema } from '../../contracts/records.js';

/** A text to be scored: a label row without its scores. */
export const labelTextSchema = labelRowSchema.omit({ pick: true, aesthetic: true });
export type LabelText = z.infer<typeof labelTextSchema>;
export type LabelKind = LabelText['kind'];

/** The label rows' splits: `train` from training descriptions, `validation` from validation ones, none from test. */
export const labelSplits = ['train', 'validation'] as const;
export type LabelSplit = (typeof labelSplits)[number];

/** Name of a split's file in the artifact of texts. */
export function textsFile(split: LabelSplit): string {
  return `texts-${split}.jsonl`;
}
