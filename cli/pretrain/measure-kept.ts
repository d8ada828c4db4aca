import { join } from 'node:path';
import { samplingSchema } from '../../recipe/sections/sampling.js';
import { promptPairSchema } from '../../contracts/records.js';
import type { Engine } from '../../engine/process/client.js';
import { readRecords } from '../../files/jsonl.js';
import { contentKept } from '../../text/words.js';

/** Mean content kept, 0 to 1, of greedy rewrites. */
export interface KeptContent {
  /** Of descriptions of the test split. */
  heldOut: { mean: number; count: number };
  /** Of those among them that people typed: plain prompts, not descriptions made from rich ones. */
  real: { mean: number; count: number };
}

const MOST_ROWS = 400;
const MOST_REAL_WORDS = 12;
const BATCH_SIZE = 32;
const greedy = samplingSchema.parse({ temperature: 0, repetitionPenalty: 1 });

/** How much of what was asked for a base model keeps, before any fine-tuning; the same rows for every model of one dataset. */
export async function measureKept(
  engine: Engine,
  folders: { model: string; dataset: string },
): Promise<KeptContent> {
  const rows = readRecords(join(folders.dataset, 'test.jsonl'), promptPairSchema);
  const kept = async (descriptions: string[]): Promise<{ mean: number; count: number }> => {
    const prompts = [...new Set(descriptions)].slice(0, MOST_ROWS);
    const { rows: texts } = await engine.run({
      kind: 'generate',
      modelFolder: folders.model,
      prompts,
      rowKeys: prompts.map((_, row) => row),
      seed: 0,
      sampling: greedy,
      batchSize: BATCH_SIZE,
    });
    const shares = texts.map(({ text }, row) => contentKept(prompts[row] ?? '', text));
    return {
      mean: shares.reduce((sum, share) => sum + share, 0) / shares.length,
      count: shares.length,
    };
  };
  const isReal = ({ route, x }: (typeof rows)[number]): boolean =>
    route === 'improved' && x.split(' ').length <= MOST_REAL_WORDS;
  return {
    heldOut: await kept(rows.map(({ x }) => x)),
    real: await kept(rows.filter(isReal).map(({ x }) => x)),
  };
}
