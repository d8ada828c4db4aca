import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { trainingSettings } from '../../contracts/training.js';
import { generateTexts } from '../../engine/generate/generate-texts.js';
import { PpoTrainer } from '../../engine/ppo/ppo-trainer.js';
import { loadRewardModel } from '../../engine/reward/reward-model.js';
import { writeRewardCard } from '../../engine/reward/reward-model.js';
import { RewardTrainer } from '../../engine/reward/reward-trainer.js';
import { SftTrainer } from '../../engine/sft/sft-trainer.js';
import {
  growTokenizer,
  writeTinyDataset,
  writeTinyLabels,
  writeTinyModel,
} from '../support/made-up/tiny-model.js';

const template = 'Input: {x}\nOutput:';
const folder = mkdtempSync(join(tmpdir(), 'burnish-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const place = (name: string): string => join(folder, name);
writeTinyDataset(place('dataset'));
writeTinyLabels(place('labels'));

/** Every use of a model folder. */
const uses: Record<string, (modelFolder: string) => unknown> = {
  'fine-tuning': (modelFolder) =>
    new SftTrainer(trainingSettings.sft.parse({ template }), { ...common, modelFolder }),
  'training a reward model': (modelFolder) =>
    new RewardTrainer(trainingSettings.reward.parse({ template, target: 'pick' }), {
      ...common,
      labelsFolder: place('labels'),
      modelFolder,
    }),
  PPO: (modelFolder) =>
    new PpoTrainer(trainingSettings.ppo.parse({ template }), {
      ...common,
      modelFolder,
      score: () => ({ pick: [], aesthetic: [] }),
      disposeScorer: () => undefined,
    }),
  scoring: (modelFolder) =>
    loadRewardModel(modelFolder, { batchSize: 1, graphFolder: place('graphs') }),
  generation: (modelFolder) =>
    generateTexts(
      {
        kind: 'generate',
        modelFolder,
        prompts: ['a red fox'],
        rowKeys: [0],
        seed: 1,
        batchSize: 1,
        sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 1, repetitionPenalty: 1 },
      },
      {
        graphFolder: place('graphs'),
        maxPromptTokens: 64,
        progress: () => undefined,
        text: () => undefined,
        stopRequested: () => false,
      },
    ),
};
const common = { datasetFolder: place('dataset'), graphFolder: place('graphs'), seed: 1 };

describe.each(Object.entries(uses))('%s', (_, use) => {
  it('refuses a tokenizer with ids that the model has no embedding for', async () => {
    const model = place('grown');
    writeTinyModel(model);
    writeRewardCard(model, { target: 'pick', pooling: 'last', maxTokens: 16, mean: 0, std: 1 });
    growTokenizer(model);
    await expect((async () => use(model))()).rejects.toThrow(
      `${join(model, 'tokenizer.json')}: has ids up to 320, config.json's vocab_size is 320`,
    );
  });
});
