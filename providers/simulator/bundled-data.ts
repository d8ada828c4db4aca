import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { normalisePrompt } from '../../text/words.js';
import { splitOf } from '../../text/split.js';

export interface BundledPrompt {
  id: string;
  /** Normalised and lower-case. */
  prompt: string;
}

export interface BundledModifier {
  modifier: string;
  kind: string;
  /** Distinct prompts of a large export that hold it as a comma segment. */
  count: number;
}

/** The default shares of a recipe: what the simulator writes never comes from rows that those hold out. */
const SHARES = { validationShare: 0.04, testShare: 0.04 };

/** The bundled prompts of one side of the default split: what the simulator may write of, or what it is tested on. */
export function readBundledPrompts(side: 'train' | 'held-out'): BundledPrompt[] {
  return readLines<{ id: string; prompt: string }>('diffusiondb-prompts.jsonl.gz')
    .filter(({ id }) => (splitOf(id, SHARES) === 'train') === (side === 'train'))
    .map(({ id, prompt }) => ({ id, prompt: normalisePrompt(prompt).toLowerCase() }));
}

/** The bundled modifiers, most frequent first. */
export function readBundledModifiers(): BundledModifier[] {
  return readLines<BundledModifier>('modifiers.jsonl.gz').map((row) => ({
    ...row,
    modifier: normalisePrompt(row.modifier).toLowerCase(),
  }));
}

function readLines<Row>(name: string): Row[] {
  const bytes = readFileSync(new URL(`../../data/${name}`, import.meta.url));
  return gunzipSync(bytes)
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
}
