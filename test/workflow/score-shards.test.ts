import { expect, test } from 'vitest';
import type { ScoreShardInput } from '../../contracts/activities.js';
import { Message, WorkflowType } from '../../contracts/names.js';
import { recipeSchema } from '../../recipe/recipe.js';
import type { ScoredShard, ShardPlan } from '../../contracts/shards.js';
import type { StageInput } from '../../contracts/stages.js';
import { fakeRef } from '../support/fakes/fake-activities.js';
import {
  useSandbox,
  type Answer,
  type SandboxWorkflow,
} from '../support/fakes/workflow-sandbox.js';

const sandbox = useSandbox();

const texts = fakeRef('labels', 'texts');
const plan: ShardPlan = {
  rows: fakeRef('labels', 'rows'),
  shardCount: 8,
  rowCount: 400,
  spent: {},
  spentByShard: {},
};
const spent = (images: number, scores: number) => ({
  images: { calls: images, cost: 0 },
  scores: { calls: scores, cost: 0 },
});
const scoresOf = (shardIndex: number) => fakeRef('labels', `scores ${shardIndex}`);
const scored = (shardIndex: number, isWhole = true): ScoredShard => ({
  shardIndex,
  ...(isWhole && { scores: scoresOf(shardIndex) }),
  quarantinedCount: 0,
  spent: spent(50, 2),
});

function inputOf(providers: object = {}): StageInput {
  const recipe = recipeSchema.parse({ name: 'scores', providers });
  return {
    stage: 'labelRewards',
    recipe: { recipe, digest: 'd'.repeat(64), sourceDigests: [] },
    inputs: { dataset: fakeRef('dataset', 'pairs'), model: fakeRef('model', 'policy') },
  };
}

/** Labels whose texts are chosen and divided into eight shards of 50. */
async function atShards(
  providers: object = {},
  changes: Partial<ShardPlan> = {},
): Promise<{ run: SandboxWorkflow; asked: Answer; input: StageInput }> {
  const input = inputOf(providers);
  const run = await sandbox.open(WorkflowType.labelRewards, input);
  const [open] = (await run.start()).activities;
  const [sample] = (await run.resolve(open!.seq, { stageKey: 'k'.repeat(64) })).activities;
  const sampled = { texts, summary: { texts: 400 } };
  const [planned] = (await run.resolve(sample!.seq, sampled)).activities;
  expect(planned).toMatchObject({ type: 'planScores', input: { of: 'labels', texts } });
  return { run, asked: await run.resolve(planned!.seq, { ...plan, ...changes }), input };
}

const shardOf = ({ activities }: Answer, place = 0) => activities[place]?.input as ScoreShardInput;

test('four shards are asked for at once, each with its part of the limits, and one more as one ends', async () => {
  const { run, asked } = await atShards();
  expect(asked.activities.map(({ activityId, taskQueue }) => [activityId, taskQueue])).toEqual([
    ['score-00000', 'score'],
    ['score-00001', 'score'],
    ['score-00002', 'score'],
    ['score-00003', 'score'],
  ]);
  expect(shardOf(asked)).toMatchObject({ share: 0.25, allowance: {}, prior: {} });
  const next = await run.resolve(asked.activities[2]!.seq, scored(2));
  expect(next.activities.map(({ activityId }) => activityId)).toEqual(['score-00004']);
  await run.dispose();
});

test('a provider that takes two requests at a time is asked by two shards at a time', async () => {
  const { run, asked } = await atShards({ images: { concurrency: 2 } });
  expect(asked.activities.map(({ activityId }) => activityId)).toEqual([
    'score-00000',
    'score-00001',
  ]);
  expect(shardOf(asked)).toMatchObject({ share: 0.5 });
  await run.dispose();
});

test('the labels are made of every shard, in their order', async () => {
  const { run, asked } = await atShards({}, { shardCount: 2 });
  await run.resolve(asked.activities[1]!.seq, scored(1));
  const joined = await run.resolve(asked.activities[0]!.seq, scored(0));
  expect(joined.activities).toMatchObject([
    { type: 'labelTexts', input: { texts, scores: [scoresOf(0), scoresOf(1)] } },
  ]);
  await run.dispose();
});

test('a budget of pictures or scores that is used up ends the stage, and says which', async () => {
  const providers = { images: { budget: { calls: 100 } }, chat: { budget: { calls: 0 } } };
  const { run, asked } = await atShards(providers, { shardCount: 2, rowCount: 100 });
  expect(shardOf(asked).allowance).toEqual({ images: { calls: 60, cost: null } });
  expect(shardOf(asked, 1).allowance).toEqual({ images: { calls: 40, cost: null } });
  await run.resolve(asked.activities[0]!.seq, scored(0));
  const again = await run.resolve(asked.activities[1]!.seq, scored(1, false));
  // Nothing is left: its first 50 calls and those of the other.
  expect(again.activities).toEqual([]);
  expect(again.failure?.type).toBe('BudgetSpentError');
  expect(again.failure?.message).toContain('providers.images.budget: 100 of 100 calls');
  expect(again.failure?.message).toContain('1 of 2 shards are whole');
  expect(again.failure?.message).not.toContain('chat');
  await run.dispose();
});

test('a pause lets the shards under way end and starts no other', async () => {
  const { run, asked } = await atShards();
  await run.signal(Message.pause);
  for (const [shardIndex, { seq }] of asked.activities.entries()) {
    expect((await run.resolve(seq, scored(shardIndex))).activities).toEqual([]);
  }
  expect(await run.query(Message.progress)).toMatchObject({ state: 'paused' });
  const resumed = await run.signal(Message.resume);
  expect(resumed.activities.map(({ activityId }) => activityId)).toEqual([
    'score-00004',
    'score-00005',
    'score-00006',
    'score-00007',
  ]);
  await run.dispose();
});

test('a long stage goes on in a new run, which has the texts and the shards that are done', async () => {
  const { run, asked } = await atShards();
  run.suggestContinueAsNew();
  let last: Answer = asked;
  for (const [shardIndex, { seq }] of asked.activities.entries()) {
    last = await run.resolve(seq, scored(shardIndex));
  }
  const carried = last.continuedAsNew as StageInput;
  expect(carried.carried).toMatchObject({
    work: { outputs: { texts }, summary: { texts: 400 } },
    shards: [0, 1, 2, 3].map((shardIndex) => scored(shardIndex)),
    spent: spent(200, 8),
  });
  await run.dispose();

  const next = await sandbox.open(WorkflowType.labelRewards, carried);
  let answer = await next.start();
  expect(answer.activities.map(({ activityId }) => activityId)).toEqual([
    'score-00004',
    'score-00005',
    'score-00006',
    'score-00007',
  ]);
  for (const [place, { seq }] of answer.activities.entries()) {
    answer = await next.resolve(seq, scored(4 + place));
  }
  const [label] = answer.activities;
  expect(label).toMatchObject({
    type: 'labelTexts',
    input: { texts, scores: [0, 1, 2, 3, 4, 5, 6, 7].map(scoresOf) },
  });
  const labels = fakeRef('labels', 'done');
  const [commit] = (await next.resolve(label!.seq, { labels, summary: { labels: 400 } }))
    .activities;
  expect(commit).toMatchObject({
    type: 'commitStage',
    input: { outputs: { texts, labels }, summary: { texts: 400, labels: 400 } },
  });
  await next.dispose();
});

test('a shard that fails for good ends the stage and cancels the others', async () => {
  const { run, asked } = await atShards();
  const failure = { message: 'too many', type: 'RowLossExceededError', details: {} };
  const { cancelled } = await run.fail(asked.activities[1]!.seq, failure);
  expect(cancelled).toEqual([0, 2, 3].map((place) => asked.activities[place]!.seq));
  await run.dispose();
});
