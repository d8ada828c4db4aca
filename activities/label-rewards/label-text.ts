import { join } from 'node:path';
import type { z } from 'zod';
import { labelRowSchema } from '../../contracts/records.js';
import { keyOf } from '../../text/random.js';
import { readRows } from '../../files/jsonl.js';
import type { TextToScore } from '../score-texts/text-row.js';

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

/** A text of a split, and what of it is scored. */
export interface SplitText {
  split: LabelSplit;
  text: LabelText;
  toScore: TextToScore;
}

/** The texts of an artifact of texts to label, in order. */
export async function readLabelTexts(folder: string): Promise<SplitText[]> {
  const all: SplitText[] = [];
  for (const split of labelSplits) {
    for await (const text of readRows(join(folder, textsFile(split)), labelTextSchema)) {
      all.push({ split, text, toScore: { x: text.x, y: text.y, rowKey: keyOf(text.rowId) } });
    }
  }
  return all;
}
