import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { ppoSchema, type PpoSettings } from '../../recipe/sections/ppo.js';
import { fineTuneSchema } from '../../recipe/sections/training.js';
import type { RateChange, TrainingSettings } from '../../contracts/training.js';
import { PpoTrainer } from '../../engine/ppo/ppo-trainer.js';
import { SftTrainer } from '../../engine/sft/sft-trainer.js';
import type { TrainingDivergedError } from '../../engine/training/guards.js';
import type { Trainer } from '../../engine/training/train.js';
import { writeTinyDataset, writeTinyModel } from '../support/made-up/tiny-model.js';

const template = 'Input: {x}\nOutput:';
const folder = mkdtempSync(join(tmpdir(), 'burnish-test-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const place = (name: string): string => join(folder, name);
writeTinyModel(place('model'));
writeTinyDataset(place('dataset'));
const common = {
  datasetFolder: place('dataset'),
  modelFolder: place('model'),
  graphFolder: place('graphs'),
  seed: 5,
};

/** A rate at which the policy leaves its reference within a few phases, far beyond the limit of the guard. */
const absurd: Partial<PpoSettings> = { learningRate: 0.05 };

function ppo(rateChanges?: RateChange[]): Trainer {
  const settings = ppoSchema.parse({
    iterations: 8,
    rolloutsPerIteration: 8,
    groupSize: 2,
    minibatchSize: 4,
    epochs: 2,
    maxPromptTokens: 32,
    sampling: { maxNewTokens: 6 },
    sampleEvery: 3,
    sampleCount: 4,
    guard: { maxKl: 10 },
    ...absurd,
  });
  const score = (rows: readonly { y: string }[]): { pick: number[]; aesthetic: number[] } => ({
    pick: rows.map(({ y }) => y.length / 10),
    aesthetic: rows.map(({ y }) => (y.includes('e') ? 1 : 0)),
  });
  return new PpoTrainer(
    { ...settings, template },
    { ...common, rateChanges, score, disposeScorer: () => undefined },
  );
}

function sft(changes: Partial<TrainingSettings['sft']>, rateChanges?: RateChange[]): Trainer {
  const settings = fineTuneSchema.parse({ batchSize: 4, epochs: 1, maxTokens: 64 });
  return new SftTrainer({ ...settings, template, ...changes }, { ...common, rateChanges });
}

async function steps(trainer: Trainer, until: number): Promise<void> {
  while (trainer.state.stepIndex < until) await trainer.step();
}

async function tripOf(trainer: Trainer): Promise<TrainingDivergedError['details']> {
  try {
    await steps(trainer, trainer.state.stepCount);
  } catch (error) {
    return (error as TrainingDivergedError).details;
  } finally {
    trainer.state.dispose();
  }
  throw new Error('no guard tripped');
}

/** Every file of a checkpoint, by name. */
function saved(trainer: Trainer, name: string): Record<string, string> {
  mkdirSync(place(name));
  trainer.state.save(place(name));
  trainer.state.dispose();
  return Object.fromEntries(
    readdirSync(place(name), { recursive: true, withFileTypes: true })
      .filter((file) => file.isFile())
      .map((file) => join(file.parentPath, file.name))
      .map((path) => [relative(place(name), path), readFileSync(path).toString('base64')]),
  );
}

it('a policy that an absurd rate drives from its reference trips, every time at the same step', async () => {
  const trip = await tripOf(ppo());
  expect(trip).toMatchObject({ measure: 'KL', expected: 'at most 10 nats a text' });
  expect(Number(trip.value)).toBeGreaterThan(10);
  expect(trip.stepIndex).toBeGreaterThan(1);
  expect(await tripOf(ppo())).toEqual(trip);
});

it('a loss that is no longer a number trips', async () => {
  const trip = await tripOf(sft({ learningRate: 1e38 }));
  expect(trip).toMatchObject({ expected: 'a finite number' });
  expect(Number.isFinite(Number(trip.value))).toBe(false);
});

it('gradients above the limit trip', async () => {
  const { guard } = fineTuneSchema.parse({ guard: { maxGradientNorm: 0.01 } });
  expect(await tripOf(sft({ guard }))).toMatchObject({ measure: 'gradient norm', stepIndex: 0 });
});

it('a lower rate from an earlier step on goes where the absurd one could not', async () => {
  const { stepIndex } = await tripOf(ppo());
  const trainer = ppo([{ fromStep: stepIndex - 2, factor: 0.02 }]);
  await steps(trainer, trainer.state.stepCount);
  trainer.state.dispose();
});

it('ends with the same bytes from whichever checkpoint a training went back, and however often it stopped then', async () => {
  const { stepIndex } = await tripOf(ppo());
  const changes = [{ fromStep: stepIndex - 1, factor: 0.02 }];
  const whole = ppo(changes);
  await steps(whole, 7);
  const wanted = saved(whole, 'whole');

  for (const start of [stepIndex - 2, stepIndex - 1]) {
    const first = ppo();
    await steps(first, start);
    saved(first, `first-${start}`);
    const back = ppo(changes);
    back.state.restore(place(`first-${start}`));
    await steps(back, stepIndex + 1);
    saved(back, `back-${start}`);
    const again = ppo(changes);
    again.state.restore(place(`back-${start}`));
    await steps(again, 7);
    expect(saved(again, `again-${start}`)).toEqual(wanted);
  }
});

it('a rate that was never lowered leaves every bit as it was', async () => {
  const run = async (name: string, changes?: RateChange[]): Promise<Record<string, string>> => {
    const trainer = sft({}, changes);
    await steps(trainer, 4);
    return saved(trainer, name);
  };
  const plain = await run('plain');
  expect(await run('none', [])).toEqual(plain);
  expect(await run('later', [{ fromStep: 4, factor: 0.5 }])).toEqual(plain);
  expect(await run('lower', [{ fromStep: 3, factor: 0.5 }])).not.toEqual(plain);
});
