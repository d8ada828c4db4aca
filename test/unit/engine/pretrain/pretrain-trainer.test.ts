import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trainingSettings } from '../../../../contracts/training.js';
import { PretrainTrainer } from '../../../../engine/pretrain/pretrain-trainer.js';
import { uniform } from '../../../../text/random.js';
import { makeFolder } from '../../../support/folders.js';
import { writeTinyDataset } from '../../../support/made-up/tiny-model.js';

describe('pretraining', () => {
  it('refuses a template that no prompt has room for before it trains', async () => {
    const folder = await makeFolder();
    writeTinyDataset(join(folder, 'dataset'));
    const letters = Array.from({ length: 300 }, (_, index) =>
      String.fromCharCode(97 + Math.floor(26 * uniform(1, index))),
    );
    const settings = trainingSettings.pretrain.parse({
      template: `${letters.join('')} {x}`,
      vocabularySize: 300,
      maxTokens: 640,
      hiddenSize: 8,
      layerCount: 1,
      headCount: 1,
    });
    const places = { datasetFolder: join(folder, 'dataset'), graphFolder: join(folder, 'graphs') };
    expect(() => new PretrainTrainer(settings, { ...places, seed: 1 })).toThrow(
      /the template alone has \d+ tokens, more than the 128 allowed: shorten model\.template/,
    );
  });
});
