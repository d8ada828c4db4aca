import { mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createAdmitRecipe } from '../../../../activities/stage/admit-recipe.js';
import { createOpenStage } from '../../../../activities/stage/open-stage.js';
import type { AdmittedRecipe, StageRecord } from '../../../../contracts/stages.js';
import { writeArtifact } from '../../../../storage/artifacts.js';
import { writeStageRecord } from '../../../../storage/stage-cache.js';
import { createMemoryStore, type MemoryStore } from '../../../support/fakes/memory-store.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { growTokenizer, writeTinyModel } from '../../../support/made-up/tiny-model.js';

let root: string;
let store: MemoryStore;
let recipe: { name: string; model: { base: string }; collect: { sources: string[] } };

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'burnish-stage-'));
  store = createMemoryStore();
  writeTinyModel(join(root, 'base'));
  await writeFile(join(root, 'prompts.jsonl'), '{"prompt":"a cat"}\n');
  recipe = { name: 'stage', model: { base: 'base' }, collect: { sources: ['prompts.jsonl'] } };
});
afterEach(() => rm(root, { recursive: true, force: true }));

const inActivity = <T>(body: () => Promise<T>, runId = 'run-1'): Promise<T> =>
  new MockActivityEnvironment(
    { workflowExecution: { workflowId: 'w', runId } },
    { logger: silentLogger },
  ).run(body);
const admit = (value: unknown): Promise<AdmittedRecipe> =>
  inActivity(() =>
    createAdmitRecipe({ store, cacheFolder: join(root, 'cache'), rootFolder: root })(value),
  );

test('admits a recipe with its defaults, its base model stored and its sources known by content', async () => {
  const admitted = await admit(recipe);
  expect(admitted.recipe.fineTune.batchSize).toBe(64);
  expect(admitted.base?.kind).toBe('model');
  expect(admitted.sourceDigests).toHaveLength(1);
  expect(store.objects.has(`artifacts/model/${admitted.base?.digest}/manifest.json`)).toBe(true);
});

test('knows an unchanged base model without reading it, and a changed one by its bytes', async () => {
  const first = await admit(recipe);
  const puts = store.objects.size;
  expect((await admit(recipe)).base).toEqual(first.base);
  expect(store.objects.size).toBe(puts);
  await writeFile(join(root, 'base', 'model.safetensors'), 'WEIGHTS');
  await utimes(join(root, 'base', 'model.safetensors'), 1, 1);
  expect((await admit(recipe)).base?.digest).not.toBe(first.base?.digest);
});

test('stores the base model again when the store has lost it', async () => {
  const { base } = await admit(recipe);
  store.objects.clear();
  await admit(recipe);
  expect(store.objects.has(`artifacts/model/${base?.digest}/manifest.json`)).toBe(true);
});

test('needs no base model when the recipe pretrains', async () => {
  const admitted = await admit({ ...recipe, model: { base: 'nowhere' }, pretrain: {} });
  expect(admitted.base).toBeUndefined();
});

test('takes a base model from the store', async () => {
  const { base } = await admit(recipe);
  const again = await admit({ ...recipe, model: { base: base?.uri } });
  expect(again.base).toEqual(base);
});

test('lists every mistake of a recipe', async () => {
  const broken = { name: 'Not A Name', seed: -1, collect: { maxWords: 'many' } };
  await expect(admit(broken)).rejects.toMatchObject({
    name: 'RecipeInvalidError',
    message: expect.stringMatching(/name[\s\S]*seed[\s\S]*collect\.maxWords/) as string,
  });
});

test.each([undefined, null, 7, 'demo.yaml', []])(
  'refuses %j in place of a recipe',
  async (value) => {
    await expect(admit(value)).rejects.toMatchObject({ name: 'RecipeInvalidError' });
  },
);

test.each([
  ['a missing folder', 'nowhere', /cannot be read \(ENOENT\)/],
  ['a way out of the root folder', '../elsewhere', /leaves the folder/],
  ['a link out of the root folder', 'link', /leaves the folder/],
  ['an unknown scheme', 'ftp://host/model', /unknown scheme/],
  ['a bundled name with a path in it', 'bundled:../x', /does not name a bundled model/],
  ['another bucket', 's3://another/model', /not in the configured store/],
  ['a folder that is no model', '.', /lacks config.json, tokenizer.json/],
])('refuses a base model from %s', async (_what, base, message) => {
  await symlink(tmpdir(), join(root, 'link'));
  await expect(admit({ ...recipe, model: { base } })).rejects.toMatchObject({
    name: 'InputInvalidError',
    message: expect.stringMatching(message) as string,
  });
});

test('refuses a model of another architecture', async () => {
  await writeFile(join(root, 'base', 'config.json'), '{"model_type":"llama"}');
  await expect(admit(recipe)).rejects.toThrow('only "bloom" models');
});

test('refuses a model whose tokenizer has more ids than the model, from a folder as from the store', async () => {
  growTokenizer(join(root, 'base'));
  await expect(admit(recipe)).rejects.toThrow(
    /has ids up to 320, config\.json's vocab_size is 320/,
  );
  const { uri } = await writeArtifact(store, 'model', join(root, 'base'));
  await expect(admit({ ...recipe, model: { base: uri } })).rejects.toMatchObject({
    name: 'TokenizerError',
  });
});

test('finds the committed result of an equal stage, and none when forced', async () => {
  const openStage = createOpenStage({ store });
  const dataset = await writeArtifact(store, 'dataset', join(root, 'base'));
  const input = {
    stage: 'fineTune' as const,
    settings: { learningRate: 1 },
    seed: 1,
    inputs: {},
    force: false,
  };
  const opened = await inActivity(() => openStage(input));
  expect(opened.reused).toBeUndefined();
  const record: StageRecord = {
    stage: 'fineTune',
    stageKey: opened.stageKey,
    outputs: { dataset },
    summary: {},
    seconds: 1,
    workflowId: 'w',
    runId: 'run-1',
    finishedAt: '2026-01-01T00:00:00.000Z',
  };
  await inActivity(() => writeStageRecord(store, record));
  expect(await inActivity(() => openStage(input))).toEqual({
    stageKey: opened.stageKey,
    reused: record,
  });
  const forced = await inActivity(() => openStage({ ...input, force: true }), 'run-2');
  expect(forced.reused).toBeUndefined();
  expect(forced.stageKey).not.toBe(opened.stageKey);
});
