import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  fineTuneSchema,
  pretrainSchema,
  rewardModelSchema,
} from '../../../recipe/sections/training.js';
import { compileProgram } from '../../../engine/graph/compile.js';
import { bloomShapes, bloomTrunk, languageHead } from '../../../engine/model/bloom.js';
import type { Weights } from '../../../engine/model/lora.js';
import { rewardHead, rewardHeadShapes } from '../../../engine/model/heads.js';
import { weightVariables } from '../../../engine/model/trainable-split.js';
import { PretrainTrainer } from '../../../engine/pretrain/pretrain-trainer.js';
import { RewardTrainer } from '../../../engine/reward/reward-trainer.js';
import { SftTrainer } from '../../../engine/sft/sft-trainer.js';
import { loadTokenizer } from '../../../engine/tokenizer/tokenizer.js';
import type { Trainer } from '../../../engine/training/train.js';
import { readBloomConfig } from '../../../engine/weights/bloom-config.js';
import { loadWeights } from '../../../engine/weights/session-weights.js';
import {
  writeTinyDataset,
  writeTinyLabels,
  writeTinyModel,
} from '../../support/made-up/tiny-model.js';
import { findPython, runPython } from '../../support/programs/python.js';

/** `npm run bench -- transformers` makes an environment where it is found, and runs this file. */
const python = findPython('torch, transformers, safetensors');
const script = fileURLToPath(new URL('transformers_reads.py', import.meta.url));
const template = 'Input: {x}\nOutput:';
const texts = ['a red fox in the snow', '  Two  OLD ships, 8k', 'naïve café ✨'];
const answerSchema = z.object({
  logits: z.array(z.number()),
  stray: z.array(z.string()),
  tokens: z.array(z.array(z.number())),
  sameBytes: z.boolean(),
});
type Answer = z.infer<typeof answerSchema>;

const root = mkdtempSync(join(tmpdir(), 'burnish-test-'));
const place = (name: string): string => join(root, name);
const inputs = {
  datasetFolder: place('dataset'),
  modelFolder: place('model'),
  graphFolder: place('graphs'),
  seed: 5,
};
const common = { batchSize: 4, epochs: 1, learningRate: 1e-3, maxTokens: 64 };
const lora = { rank: 2, alpha: 4, targetModules: ['query_key_value', 'dense'] };
const shape = { vocabularySize: 320, hiddenSize: 24, layerCount: 2, headCount: 6, maxTokens: 32 };
const rewardSettings = { ...common, target: 'pick', pooling: 'last' };

const trainers: Record<string, () => Trainer> = {
  'a base model in bfloat16': () =>
    new PretrainTrainer(
      { ...pretrainSchema.parse({ ...shape, steps: 3, batchSize: 4 }), template },
      inputs,
    ),
  'a fine-tuned model': () => new SftTrainer({ ...fineTuneSchema.parse(common), template }, inputs),
  'a model with its adapters merged': () =>
    new SftTrainer({ ...fineTuneSchema.parse({ ...common, lora }), template }, inputs),
  'a reward model': () =>
    new RewardTrainer(
      { ...rewardModelSchema.parse(rewardSettings), template },
      { ...inputs, labelsFolder: place('labels') },
    ),
};

/** Logits or scores of left-padded rows by our own graph over the folder's weights. */
function ours(folder: string, rows: { ids: number[][]; mask: number[][] }): Float32Array {
  const config = readBloomConfig(folder);
  const isReward = folder.includes('reward');
  const [batch, seq] = [rows.ids.length, rows.ids[0]!.length];
  const heads = isReward ? rewardHeadShapes(config) : {};
  const shapes = { ...bloomShapes(config), ...heads };
  const session = compileProgram(
    {
      variables: weightVariables(shapes, 'all'),
      signatures: {
        run: {
          feeds: {
            ids: { shape: [batch, seq], dtype: 'int32' },
            mask: { shape: [batch, seq], dtype: 'float32' },
          },
          body(scope) {
            const weights: Weights = (name) => scope.variable(name);
            const mask = scope.feed('mask');
            const hidden = bloomTrunk(weights, config, { ids: scope.feed('ids'), mask });
            return {
              logits: isReward
                ? rewardHead(weights, hidden, { mask, pooling: 'last' })
                : languageHead(weights, hidden),
            };
          },
        },
      },
    },
    place('graphs'),
  );
  loadWeights(session, 'all', { folder, heads });
  const feeds = {
    ids: Int32Array.from(rows.ids.flat()),
    mask: Float32Array.from(rows.mask.flat()),
  };
  const { logits } = session.run('run', feeds);
  session.dispose();
  return logits as Float32Array;
}

describe.skipIf(python === undefined)('transformers', () => {
  const answers = new Map<string, { theirs: Answer; ours: Float32Array; counted: number[] }>();
  const folderOf = (name: string): string => place(name.replaceAll(' ', '-'));

  beforeAll(() => {
    writeTinyModel(place('model'));
    writeTinyDataset(place('dataset'));
    writeTinyLabels(place('labels'));
    const requests = Object.entries(trainers).map(([name, create]) => {
      const trainer = create();
      for (let step = 0; step < 3; step += 1) void trainer.step();
      trainer.finish(folderOf(name), `${folderOf(name)}-metrics`);
      trainer.state.dispose();
      const tokenizer = loadTokenizer(folderOf(name));
      const rows = texts.map((text) => tokenizer.encode(text));
      const seq = Math.max(...rows.map(({ length }) => length));
      const pad = rows.map(({ length }) => Array.from({ length: seq - length }, () => 0));
      const ids = rows.map((row, index) => [...pad[index]!.map(() => tokenizer.padId), ...row]);
      const mask = rows.map((row, index) => [...pad[index]!, ...row.map(() => 1)]);
      return {
        folder: folderOf(name),
        head: name.includes('reward') ? 'score' : 'lm',
        ids,
        mask,
        texts,
      };
    });
    const printed = runPython(python!, [script], {
      input: requests.map((request) => `${JSON.stringify(request)}\n`).join(''),
      env: { HF_HUB_OFFLINE: '1', TRANSFORMERS_VERBOSITY: 'error' },
    });
    const lines = printed.split('\n').map((line) => JSON.parse(line) as unknown);
    for (const [index, name] of Object.keys(trainers).entries()) {
      const { folder, ids, mask } = requests[index]!;
      answers.set(name, {
        theirs: answerSchema.parse(lines[index]),
        ours: ours(folder, { ids, mask }),
        counted: name.includes('reward') ? ids.map(() => 1) : mask.flat(),
      });
    }
  }, 300_000);
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  describe.each(Object.keys(trainers))('%s', (name) => {
    it('is loaded whole, with nothing left over, and gives the same logits', () => {
      const { theirs, ours: logits, counted } = answers.get(name)!;
      expect(theirs.stray).toEqual([]);
      expect(theirs.logits).toHaveLength(logits.length);
      const width = logits.length / counted.length;
      const largest = Math.max(...theirs.logits.map(Math.abs));
      expect(largest).toBeGreaterThan(0);
      const differences = theirs.logits.map((value, index) =>
        counted[Math.floor(index / width)] === 1 ? Math.abs(value - logits[index]!) : 0,
      );
      expect(Math.max(...differences)).toBeLessThan(1e-4 * largest);
    });

    it('has a tokenizer that gives the same tokens', () => {
      const tokenizer = loadTokenizer(folderOf(name));
      expect(answers.get(name)!.theirs.tokens).toEqual(texts.map((text) => tokenizer.encode(text)));
    });

    it('has the bytes that the safetensors library of Python writes for its tensors', () => {
      expect(answers.get(name)!.theirs.sameBytes).toBe(true);
    });
  });
});
