import { expect, test } from 'vitest';
import { recipeSchema, type Recipe } from '../../../recipe/recipe.js';
import { Stage } from '../../../recipe/stage.js';
import { keySettings, plannedStages, stageInputs } from '../../../workflows/stages/index.js';
import { fakeRef } from '../../support/fakes/fake-activities.js';

const recipeOf = (changes: object): Recipe => recipeSchema.parse({ name: 'plan', ...changes });
const plain = recipeOf({});
const admitted = (recipe: Recipe): { recipe: Recipe; digest: string; sourceDigests: string[] } => ({
  recipe,
  digest: 'digest',
  sourceDigests: ['source'],
});

/** Stages whose own settings, as their key sees them, differ between two recipes. */
const changed = (recipe: Recipe, sources = ['source']): Stage[] =>
  Object.values(Stage).filter(
    (stage) =>
      JSON.stringify(keySettings(stage, { recipe, sourceDigests: sources })) !==
      JSON.stringify(keySettings(stage, admitted(plain))),
  );

test('leaves pretraining out of a recipe that starts from a base model', () => {
  expect(plannedStages(plain)).not.toContain(Stage.pretrain);
  expect(plannedStages(recipeOf({ pretrain: {} }))[1]).toBe(Stage.pretrain);
});

test('runs nothing after the stage a recipe stops after', () => {
  expect(plannedStages(recipeOf({ pretrain: {}, stopAfter: 'pretrain' }))).toEqual([
    Stage.collect,
    Stage.pretrain,
  ]);
  expect(plannedStages(recipeOf({ stopAfter: 'fineTune' }))).toEqual([
    Stage.collect,
    Stage.fineTune,
  ]);
  expect(() => recipeOf({ stopAfter: 'pretrain' })).toThrow(/needs a section/);
});

test('a PPO learning rate changes the key of PPO alone', () => {
  expect(changed(recipeOf({ optimizePolicy: { learningRate: 1e-5 } }))).toEqual([
    Stage.optimizePolicy,
  ]);
});

test('the sampling of PPO changes what the reward models must learn from', () => {
  expect(changed(recipeOf({ optimizePolicy: { sampling: { temperature: 1 } } }))).toEqual([
    Stage.labelRewards,
    Stage.optimizePolicy,
  ]);
});

test('the template changes every stage that trains', () => {
  expect(changed(recipeOf({ model: { template: 'Q: {x} A:' } }))).toEqual([
    Stage.pretrain,
    Stage.fineTune,
    Stage.pickReward,
    Stage.aestheticReward,
    Stage.optimizePolicy,
  ]);
});

test.each([
  [
    'the cut of work into segments',
    { compute: { segmentSeconds: 5, checkpointSeconds: 2, generateBatchSize: 2 } },
  ],
  ['a rate limit', { providers: { scores: { requestsPerMinute: 1, timeoutSeconds: 9 } } }],
  [
    'a price, a budget or a circuit breaker',
    {
      providers: {
        chat: {
          concurrency: 2,
          tokensPerMinute: 5,
          price: { perCall: 1 },
          budget: { calls: 3, cost: 2 },
          breaker: { failures: 1 },
          answerAttempts: 4,
        },
      },
    },
  ],
  ['the steps of a protocol that has none', { providers: { images: { drawing: { steps: 9 } } } }],
  ['the name of the recipe', { name: 'another' }],
  ['force', { force: true }],
  ['where the run stops', { stopAfter: 'fineTune' }],
])('%s changes no key', (_what, changes) => {
  expect(changed(recipeOf(changes))).toEqual([]);
});

test('another scoring model changes all that is scored', () => {
  expect(changed(recipeOf({ providers: { scores: { model: 'other' } } }))).toEqual([
    Stage.labelRewards,
    Stage.optimizePolicy,
    Stage.evaluate,
  ]);
});

test.each([
  [{ images: { protocol: 'sdapi' } }],
  [{ images: { drawing: { width: 768 } } }],
  [{ images: { maxPerCall: 1 } }],
])('pictures drawn another way change all that is made of pictures: %j', (providers) => {
  expect(changed(recipeOf({ providers }))).toEqual([
    Stage.collect,
    Stage.labelRewards,
    Stage.optimizePolicy,
    Stage.evaluate,
  ]);
});

test('another name of a scoring model changes all that is scored', () => {
  expect(changed(recipeOf({ providers: { scores: { models: { pickscore: 'v2' } } } }))).toEqual([
    Stage.labelRewards,
    Stage.optimizePolicy,
    Stage.evaluate,
  ]);
});

test('answers that the simulator spoils change what is collected of them; faults that pass do not', () => {
  const simulator = { content: { refusal: 0.1 } };
  expect(changed(recipeOf({ providers: { simulator } }))).toEqual([Stage.collect]);
  const elsewhere = { url: 'https://chat.example.com' };
  const providers = { chat: elsewhere, captions: elsewhere };
  expect(JSON.stringify(keySettings(Stage.collect, admitted(recipeOf({ providers }))))).toBe(
    JSON.stringify(
      keySettings(Stage.collect, admitted(recipeOf({ providers: { ...providers, simulator } }))),
    ),
  );
  expect(
    changed(recipeOf({ providers: { simulator: { transport: { serverError: 0.1 } } } })),
  ).toEqual([]);
});

test('changed bytes of a source change the key of collect', () => {
  expect(changed(plain, ['other bytes'])).toEqual([Stage.collect]);
});

test('a reward model starts from the base model or from the fine-tuned one, as the recipe says', () => {
  const base = fakeRef('model', 'base');
  const fineTuned = fakeRef('model', 'fine-tuned');
  const outputs = {
    labelRewards: { labels: fakeRef('labels', 'labels') },
    fineTune: { model: fineTuned },
  };
  const bodyOf = (body: string): unknown => {
    const recipe = recipeOf({ pickReward: { target: 'pick', body } });
    return stageInputs(Stage.pickReward, { ...admitted(recipe), base }, outputs)['model'];
  };
  expect(bodyOf('base')).toEqual(base);
  expect(bodyOf('fine-tuned')).toEqual(fineTuned);
});

test('a stage whose inputs are not there yet is refused by name', () => {
  expect(() => stageInputs(Stage.evaluate, admitted(plain), {})).toThrow(
    'evaluate needs dataset of collect',
  );
});
