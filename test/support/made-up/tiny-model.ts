import { join } from 'node:path';
import { trainByteLevelBpe } from '../../../engine/tokenizer/train-bpe.js';
import { bloomSpecialTokens } from '../../../engine/tokenizer/tokenizer-json.js';
import { saveTokenizer } from '../../../engine/tokenizer/tokenizer.js';
import { initialWeights } from '../../../engine/model/initial-weights.js';
import { bloomShapes } from '../../../engine/model/bloom.js';
import { writeTemplate } from '../../../engine/weights/model-files.js';
import { writeModelWeights } from '../../../engine/weights/model-folder.js';
import { newBloomConfig, writeBloomConfig } from '../../../engine/weights/bloom-config.js';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** A BLOOM small enough for any test; 6 heads exercise ALiBi beyond a power of two. */
export const tinyConfig = newBloomConfig({
  vocab_size: 320,
  hidden_size: 24,
  n_layer: 2,
  n_head: 6,
});

const subjects = [
  'a red fox',
  'two old ships',
  'the quiet city',
  'a glass castle',
  'one black cat',
];
const places = ['in the snow', 'at night', 'near the sea', 'under stars'];

/** Made-up pairs, each with a row of its own. */
export function tinyPairs(
  count: number,
): { id: string; rowId: string; route: 'summary'; x: string; y: string }[] {
  return Array.from({ length: count }, (_, index) => {
    const x = `${subjects[index % subjects.length]!} ${places[index % places.length]!}`;
    return {
      id: `r${index}-summary`,
      rowId: `r${index}`,
      route: 'summary',
      x,
      y: `${x}, ${index % 2 === 0 ? 'highly detailed' : 'oil painting, soft light'}`,
    };
  });
}

/** Writes a model folder with random weights. */
export function writeTinyModel(folder: string, template = 'Input: {x}\nOutput:'): void {
  mkdirSync(folder, { recursive: true });
  const texts = tinyPairs(20).map(({ x, y }) => `${x} ${y} ${template}`);
  saveTokenizer(
    folder,
    trainByteLevelBpe(texts, {
      vocabularySize: tinyConfig.vocab_size,
      specialTokens: bloomSpecialTokens,
    }),
  );
  writeTemplate(folder, template);
  writeBloomConfig(folder, tinyConfig, 'BloomForCausalLM');
  const weights = initialWeights(tinyConfig, 3);
  const shapes = bloomShapes(tinyConfig);
  writeModelWeights(
    folder,
    Object.entries(shapes).map(([name, shape]) => ({
      name,
      shape,
      data: weights[name] as Float32Array,
    })),
    'F32',
  );
}

/** Gives the tokenizer of a tiny model one token more than the model has embeddings: the word "fox". */
export function growTokenizer(folder: string): void {
  const path = join(folder, 'tokenizer.json');
  const json = JSON.parse(readFileSync(path, 'utf8')) as { added_tokens: object[] };
  const places = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  json.added_tokens.push({
    id: tinyConfig.vocab_size,
    content: 'fox',
    special: false,
    ...places,
  });
  writeFileSync(path, JSON.stringify(json));
}

const lines = (rows: readonly unknown[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/** Writes a dataset folder with made-up pairs. */
export function writeTinyDataset(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const pairs = tinyPairs(40);
  writeFileSync(join(folder, 'train.jsonl'), lines(pairs.slice(0, 32)));
  writeFileSync(join(folder, 'validation.jsonl'), lines(pairs.slice(32)));
  writeFileSync(join(folder, 'test.jsonl'), lines(pairs.slice(32)));
  writeFileSync(
    join(folder, 'prompts-train.jsonl'),
    lines(pairs.map(({ rowId, y }) => ({ id: rowId, prompt: y, source: 'made up' }))),
  );
}

/** Writes a labels folder: longer texts have higher scores. */
export function writeTinyLabels(folder: string): void {
  mkdirSync(folder, { recursive: true });
  const rows = tinyPairs(40).map(({ rowId, x, y }, index) => ({
    rowId,
    kind: 'target',
    x,
    y,
    pick: 19 + y.length / 20,
    aesthetic: 5 + (index % 2),
  }));
  writeFileSync(join(folder, 'train.jsonl'), lines(rows.slice(0, 32)));
  writeFileSync(join(folder, 'validation.jsonl'), lines(rows.slice(32)));
}
