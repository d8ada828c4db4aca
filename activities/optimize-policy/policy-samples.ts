import { join } from 'node:path';
import { policySampleSchema, type PolicySample } from '../../contracts/records.js';
import { keyOf } from '../../text/random.js';
import { readAllRows } from '../../files/jsonl.js';
import type { TextToScore } from '../score-texts/text-row.js';

/** A PPO run's samples, in order. */
export function readPolicySamples(folder: string): Promise<PolicySample[]> {
  return readAllRows(join(folder, 'samples.jsonl'), policySampleSchema);
}

/** What is scored of a sample; undefined for an empty text, which has no picture. */
export function sampleToScore({ rowId, x, y }: PolicySample): TextToScore | undefined {
  return y === '' ? undefined : { x, y, rowKey: keyOf(rowId) };
}
