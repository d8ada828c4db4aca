import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { TrainingMethod } from '../../contracts/names.js';
import { ppoSchema } from '../../recipe/sections/ppo.js';
import {
  fineTuneSchema,
  pretrainSchema,
  rewardModelSchema,
} from '../../recipe/sections/training.js';
import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import { PpoTrainer } from '../../engine/ppo/ppo-trainer.js';
import { PretrainTrainer } from '../../engine/pretrain/pretrain-trainer.js';
import { RewardTrainer } from '../../engine/reward/reward-trainer.js';
import { SftTrainer } from '../../engine/sft/sft-trainer.js';
import type { Trainer } from '../../engine/training/train.js';
import {
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
writeTinyModel(place('model'));
writeTinyDataset(place('dataset'));
writeTinyLabels(place('labels'));
const common = {
  datasetFolder: place('dataset'),
  modelFolder: place('model'),
  graphFolder: place('graphs'),
  seed: 5,
};

type Size = Partial<TrainingSize>;
const adapters: Size = {
  lora: { rank: 2, alpha: 4, targetModules: ['query_key_value', 'dense_4h_to_h'] },
};

const ofMethod: Record<TrainingMethod, (size?: Size) => Trainer> = {
  pretrain: () => {
    const settings = pretrainSchema.parse({
      steps: 20,
      batchSize: 4,
      vocabularySize: 320,
      hiddenSize: 24,
      layerCount: 1,
      headCount: 4,
      maxTokens: 32,
    });
    return new PretrainTrainer(
      { ...settings, template },
      {
        datasetFolder: place('dataset'),
        graphFolder: place('graphs'),
        seed: 5,
      },
    );
  },
  sft: (size) =>
    new SftTrainer(
      {
        ...fineTuneSchema.parse({
          batchSize: 4,
          epochs: 2.5,
          learningRate: 1e-3,
          maxTokens: 64,
          copyShare: 0.2,
          ...size,
        }),
        template,
      },
      common,
    ),
  reward: (size) =>
    new RewardTrainer(
      {
        ...rewardModelSchema.parse({
          target: 'pick',
          batchSize: 4,
          epochs: 2.5,
          learningRate: 1e-3,
          maxTokens: 64,
          headRateFactor: 3,
          ...size,
        }),
        template,
      },
      { ...common, labelsFolder: place('labels') },
    ),
  ppo: (size) => {
    const settings = ppoSchema.parse({
      iterations: 20,
      rolloutsPerIteration: 8,
      groupSize: 2,
      minibatchSize: 4,
      epochs: 2,
      learningRate: 1e-3,
      maxPromptTokens: 32,
      sampling: { maxNewTokens: 6 },
      kl: { horizon: 50, stopAt: 0.5 },
      sampleEvery: 3,
      sampleCount: 4,
      ...size,
    });
    const score = (rows: readonly { y: string }[]): { pick: number[]; aesthetic: number[] } => ({
      pick: rows.map(({ y }) => y.length / 10),
      aesthetic: rows.map(({ y }) => (y.includes('e') ? 1 : 0)),
    });
    return new PpoTrainer(
      { ...settings, template },
      { ...common, score, disposeScorer: () => undefined },
    );
  },
};

const inParts: Size = { gradientAccumulationSteps: 2, recompute: true };
const methods: Record<string, () => Trainer> = {
  ...ofMethod,
  'sft in parts with adapters': () => ofMethod.sft({ ...inParts, ...adapters }),
  'reward in parts with adapters': () => ofMethod.reward({ ...inParts, ...adapters }),
  'ppo in parts with adapters': () => ofMethod.ppo({ ...inParts, ...adapters }),
  'ppo of the top block': () => ofMethod.ppo({ trainTopBlocks: 1 }),
};

/** Every file that a trainer leaves, by name. */
function finish(trainer: Trainer, name: string): Record<string, string> {
  for (const part of ['model', 'metrics']) mkdirSync(place(`${name}/${part}`), { recursive: true });
  trainer.finish(place(`${name}/model`), place(`${name}/metrics`));
  trainer.state.dispose();
  return Object.fromEntries(
    ['model', 'metrics'].flatMap((part) =>
      readdirSync(place(`${name}/${part}`), { recursive: true, withFileTypes: true })
        .filter((file) => file.isFile())
        .map((file) => join(file.parentPath, file.name))
        .map((path) => [relative(place(name), path), readFileSync(path).toString('base64')]),
    ),
  );
}

async function steps(trainer: Trainer, until: number): Promise<void> {
  while (trainer.state.stepIndex < until) await trainer.step();
}

describe.each(Object.keys(methods))('%s', (method) => {
  const create = methods[method]!;
  const whole = async (name: string): Promise<Record<string, string>> => {
    const trainer = create();
    await steps(trainer, 7);
    return finish(trainer, `${method}-${name}`);
  };

  it('resumed from a checkpoint ends with the same bytes as never stopped, weights and metrics', async () => {
    const first = create();
    await steps(first, 4);
    first.state.save(place(`${method}-checkpoint`));
    first.state.dispose();
    const second = create();
    second.state.restore(place(`${method}-checkpoint`));
    expect(second.state.stepIndex).toBe(4);
    await steps(second, 7);
    expect(finish(second, `${method}-resumed`)).toEqual(await whole('whole'));
  });

  it('saves without changing what follows', async () => {
    const trainer = create();
    await steps(trainer, 3);
    trainer.state.save(place(`${method}-unused`));
    await steps(trainer, 7);
    expect(finish(trainer, `${method}-saved`)).toEqual(await whole('again'));
  });

  it('changes its weights with every step', async () => {
    const trainer = create();
    await steps(trainer, 1);
    trainer.state.save(place(`${method}-one`));
    await steps(trainer, 2);
    trainer.state.save(place(`${method}-two`));
    trainer.state.dispose();
    const weights = (name: string): string =>
      readdirSync(place(name))
        .filter((file) => /^(policy|reward)\.safetensors$/.test(file))
        .map((file) => readFileSync(place(`${name}/${file}`)).toString('base64'))
        .join();
    expect(weights(`${method}-one`)).not.toBe(weights(`${method}-two`));
  });
});
