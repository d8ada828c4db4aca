import { expect, test } from 'vitest';
import type { CollectShardInput } from '../../contracts/activities.js';
import type { CollectedShard, CollectionPlan } from '../../contracts/shards.js';
import { WorkflowType } from '../../contracts/names.js';
import { recipeSchema } from '../../recipe/recipe.js';
import type { StageInput } from '../../contracts/stages.js';
import { fakeRef } from '../support/fakes/fake-activities.js';
import {
  useSandbox,
  type Answer,
  type SandboxWorkflow,
} from '../support/fakes/workflow-sandbox.js';

const sandbox = useSandbox();

const calls = (count: number) => ({ chat: { calls: count, cost: 0 } });
const plan: CollectionPlan = {
  rows: fakeRef('dataset', 'rows'),
  shardCount: 2,
  rowCount: 100,
  rejectedCount: 0,
  spent: {},
  spentByShard: {},
};

/** A collection of two shards of 50 rows, its plan made. */
async function atShards(
  budget: number,
  spent: Partial<CollectionPlan> = {},
): Promise<{ run: SandboxWorkflow; asked: Answer }> {
  const recipe = recipeSchema.parse({
    name: 'budget',
    providers: { chat: { budget: { calls: budget } } },
  });
  const input: StageInput = {
    stage: 'collect',
    recipe: { recipe, digest: 'd'.repeat(64), sourceDigests: [] },
    inputs: {},
  };
  const run = await sandbox.open(WorkflowType.collect, input);
  const [open] = (await run.start()).activities;
  const [planned] = (await run.resolve(open!.seq, { stageKey: 'k'.repeat(64) })).activities;
  return { run, asked: await run.resolve(planned!.seq, { ...plan, ...spent }) };
}

const shardOf = ({ activities }: Answer, place = 0) =>
  activities[place]?.input as CollectShardInput;
const ended = (shardIndex: number, count: number, isWhole = true): CollectedShard => ({
  shardIndex,
  ...(isWhole && { pairs: fakeRef('dataset', `pairs ${shardIndex}`) }),
  pairCount: 10,
  rejectedCount: 0,
  quarantinedCount: 0,
  spent: calls(count),
});

test('each shard has its part of the limits, and what it may spend', async () => {
  const { run, asked } = await atShards(100);
  expect(asked.activities.map(({ activityId }) => activityId)).toEqual([
    'shard-00000',
    'shard-00001',
  ]);
  expect(shardOf(asked)).toMatchObject({ share: 0.5, allowance: { chat: { calls: 60 } } });
  expect(shardOf(asked, 1).allowance.chat?.calls).toBe(40);
  await run.dispose();
});

test('a shard that was cut short goes on once another leaves something', async () => {
  const { run, asked } = await atShards(100);
  const waiting = await run.resolve(asked.activities[1]!.seq, ended(1, 40, false));
  expect(waiting.activities).toEqual([]);
  const again = await run.resolve(asked.activities[0]!.seq, ended(0, 50));
  expect(shardOf(again)).toMatchObject({
    shardIndex: 1,
    allowance: { chat: { calls: 10 } },
    prior: calls(40),
  });
  const merge = await run.resolve(again.activities[0]!.seq, ended(1, 10));
  expect(merge.activities[0]).toMatchObject({
    type: 'mergeCollection',
    input: { spent: calls(100) },
  });
  await run.dispose();
});

test('a budget that is used up ends the stage, says so, and tells how to go on', async () => {
  const { run, asked } = await atShards(70);
  await run.resolve(asked.activities[1]!.seq, ended(1, 10, false));
  const { failure } = await run.resolve(asked.activities[0]!.seq, ended(0, 60));
  expect(failure?.type).toBe('BudgetSpentError');
  expect(failure?.message).toContain('providers.chat.budget: 70 of 70 calls');
  expect(failure?.message).toContain('1 of 2 shards are whole');
  await run.dispose();
});

test('what an earlier run paid counts, and shards that need no call are made all the same', async () => {
  const { run, asked } = await atShards(70, { spent: calls(70), spentByShard: { 1: calls(10) } });
  expect(shardOf(asked).allowance.chat?.calls).toBe(0);
  expect(shardOf(asked, 1).prior).toEqual(calls(10));
  await run.resolve(asked.activities[0]!.seq, ended(0, 0));
  const merge = await run.resolve(asked.activities[1]!.seq, ended(1, 0));
  expect(merge.activities[0]?.type).toBe('mergeCollection');
  await run.dispose();
});
