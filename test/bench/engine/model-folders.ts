import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { bloomShapes } from '../../../engine/model/bloom.js';
import { rewardHeadShapes } from '../../../engine/model/heads.js';
import { writeRewardCard } from '../../../engine/reward/reward-model.js';
import { bloomSpecialTokens } from '../../../engine/tokenizer/tokenizer-json.js';
import { saveTokenizer } from '../../../engine/tokenizer/tokenizer.js';
import { trainByteLevelBpe } from '../../../engine/tokenizer/train-bpe.js';
import { writeTemplate } from '../../../engine/weights/model-files.js';
import { writeModelWeights } from '../../../engine/weights/model-folder.js';
import { writeBloomConfig } from '../../../engine/weights/bloom-config.js';
import { normal } from '../../../text/random.js';
import { sizeConfig, startWeights, type SizeName } from './sizes.js';

export interface BenchFolders {
  policy: string;
  reward: string;
  dataset: string;
}

const TOKENIZER_TEXTS = 4000;
const PAIRS = 64;
/** Words of a description; far more than fit a prompt, so that each prompt is cut to the full length. */
const DESCRIPTION_WORDS = 120;

function readPrompts(): string[] {
  const file = new URL('../../../data/diffusiondb-prompts.jsonl.gz', import.meta.url);
  return gunzipSync(readFileSync(file))
    .toString()
    .trim()
    .split('\n')
    .slice(0, TOKENIZER_TEXTS)
    .map((line) => (JSON.parse(line) as { prompt: string }).prompt);
}

/** A policy, a reward model and pairs of the size's shape, with start weights and a tokenizer of that vocabulary; made once. */
export function makeBenchFolders(size: SizeName, folder: string): BenchFolders {
  const root = join(folder, `models-${size}`);
  const folders = {
    policy: join(root, 'policy'),
    reward: join(root, 'reward'),
    dataset: join(root, 'dataset'),
  };
  if (existsSync(root)) return folders;
  const temporary = `${root}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  const prompts = readPrompts();
  const config = sizeConfig(size);
  const tokenizer = trainByteLevelBpe(prompts, {
    vocabularySize: config.vocab_size,
    specialTokens: bloomSpecialTokens,
  });
  const head = Float32Array.from({ length: config.hidden_size }, (_, at) => 0.02 * normal(5, at));
  const values = { ...startWeights(config), 'score.weight': head };
  for (const [name, architecture, shapes] of [
    ['policy', 'BloomForCausalLM', bloomShapes(config)],
    [
      'reward',
      'BloomForSequenceClassification',
      { ...bloomShapes(config), ...rewardHeadShapes(config) },
    ],
  ] as const) {
    const target = join(temporary, name);
    mkdirSync(target, { recursive: true });
    saveTokenizer(target, tokenizer);
    writeTemplate(target, '{x}');
    writeBloomConfig(target, config, architecture);
    const tensors = Object.entries(shapes).map(([tensor, shape]) => ({
      name: tensor,
      shape,
      data: values[tensor as keyof typeof values],
    }));
    writeModelWeights(target, tensors, 'F32');
  }
  writeRewardCard(join(temporary, 'reward'), {
    target: 'pick',
    pooling: 'last',
    maxTokens: 64,
    mean: 0,
    std: 1,
  });
  const words = prompts.join(' ').split(/\s+/);
  const pairs = Array.from({ length: PAIRS }, (_, index) => {
    const x = words.slice(index * DESCRIPTION_WORDS, (index + 1) * DESCRIPTION_WORDS).join(' ');
    return { id: `r${index}-summary`, rowId: `r${index}`, route: 'summary', x, y: prompts[index]! };
  });
  mkdirSync(join(temporary, 'dataset'));
  for (const name of ['train', 'validation'])
    writeFileSync(
      join(temporary, 'dataset', `${name}.jsonl`),
      pairs.map((pair) => `${JSON.stringify(pair)}\n`).join(''),
    );
  renameSync(temporary, root);
  return folders;
}
