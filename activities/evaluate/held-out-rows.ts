import { join } from 'node:path';
import {
  heldOutRowSchema,
  type EvaluationMethod,
  type HeldOutRow,
} from '../../contracts/report.js';
import { keyOf } from '../../text/random.js';
import { readAllRows } from '../../files/jsonl.js';
import type { TextToScore } from '../score-texts/text-row.js';
import { drawableText } from './drawable-text.js';

/** The held-out descriptions of an artifact, with every method's text. */
export function readHeldOutRows(folder: string): Promise<HeldOutRow[]> {
  return readAllRows(join(folder, 'written.jsonl'), heldOutRowSchema);
}

/** What is scored of a method's text. A description's pictures have the same seeds for every method. */
export function textToScore(
  { rowId, x, texts }: HeldOutRow,
  method: EvaluationMethod,
): TextToScore {
  return { x, y: drawableText(x, texts[method].y), rowKey: keyOf(rowId) };
}
