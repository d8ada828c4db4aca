import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { trainingSettings } from '../../contracts/training.js';
import { generateTexts } from '../../engine/generate/generate-texts.js';
import { PpoTrainer } from '../../engine/ppo/ppo-trainer.js';
import { makeFolder } from '../support/folders.js';
import { tinyPairs, writeTinyDataset, writeTinyModel } from '../support/made-up/tiny-model.js';

/** More than a call may have arguments. */
const ROWS = 130_000;

async function open(): Promise<(name: string) => string> {
  const folder = await makeFolder();
  writeTinyModel(join(folder, 'model'));
  writeTinyDataset(join(folder, 'dataset'));
  return (name) => join(folder, name);
}

describe(`${ROWS} rows`, () => {
  it('are no more than generation can take', async () => {
    const place = await open();
    const prompts = new Array<string>(ROWS).fill('fox');
    const { rows } = await generateTexts(
      {
        kind: 'generate',
        modelFolder: place('model'),
        prompts,
        rowKeys: prompts.map((_, row) => row),
        seed: 1,
        batchSize: 2,
        sampling: { temperature: 1, topK: 0, topP: 1, maxNewTokens: 1, repetitionPenalty: 1 },
      },
      {
        graphFolder: place('graphs'),
        maxPromptTokens: 64,
        progress: () => undefined,
        text: () => undefined,
        stopRequested: () => true,
      },
    );
    expect(rows).toEqual([]);
  });

  it('are no more than PPO can take', async () => {
    const place = await open();
    const [pair] = tinyPairs(1);
    const line = `${JSON.stringify({ ...pair, x: 'fox' })}\n`;
    writeFileSync(join(place('dataset'), 'train.jsonl'), line.repeat(ROWS));
    const trainer = new PpoTrainer(
      trainingSettings.ppo.parse({
        template: 'Input: {x}\nOutput:',
        iterations: 1,
        rolloutsPerIteration: 2,
        minibatchSize: 1,
        sampling: { maxNewTokens: 1 },
      }),
      {
        datasetFolder: place('dataset'),
        modelFolder: place('model'),
        graphFolder: place('graphs'),
        seed: 1,
        score: () => ({ pick: [], aesthetic: [] }),
        disposeScorer: () => undefined,
      },
    );
    expect(trainer.state.stepCount).toBe(1);
    trainer.state.dispose();
  });
});
