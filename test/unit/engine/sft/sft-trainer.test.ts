import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { trainingSettings } from '../../../../contracts/training.js';
import { SftTrainer } from '../../../../engine/sft/sft-trainer.js';
import type { Trainer } from '../../../../engine/training/train.js';
import { makeFolder } from '../../../support/folders.js';
import { writeTinyDataset, writeTinyModel } from '../../../support/made-up/tiny-model.js';

async function open(settings: object): Promise<Trainer> {
  const folder = await makeFolder();
  writeTinyModel(join(folder, 'model'));
  writeTinyDataset(join(folder, 'dataset'));
  const trainer = new SftTrainer(
    trainingSettings.sft.parse({
      template: 'Input: {x}\nOutput:',
      batchSize: 1,
      maxTokens: 112,
      ...settings,
    }),
    {
      datasetFolder: join(folder, 'dataset'),
      modelFolder: join(folder, 'model'),
      graphFolder: join(folder, 'graphs'),
      seed: 1,
    },
  );
  onTestFinished(() => {
    trainer.state.dispose();
  });
  return trainer;
}

describe('fine-tuning', () => {
  it('takes copy rows of any length, also of lengths that no pair has', async () => {
    const trainer = await open({ copyShare: 0.5, epochs: 1 });
    const lengths = [];
    while (trainer.state.stepIndex < trainer.state.stepCount)
      lengths.push((await trainer.step()).tokenCount);
    expect(lengths).toHaveLength(64);
    expect(Math.max(...lengths)).toBeGreaterThan(48);
  });

  it('refuses a template that no prompt has room for, though training would have', async () => {
    const template = `${'zq '.repeat(70)}{x}`;
    await expect(open({ template, maxTokens: 1024 })).rejects.toThrow(
      /the template alone has \d+ tokens, more than the 128 allowed: shorten model\.template/,
    );
  });
});
