import { expect, test } from 'vitest';
import { createActivities } from '../../../activities/index.js';
import type { ActivityDependencies } from '../../../activities/dependencies.js';
import { activityTable } from '../../../contracts/activity-table.js';
import { Queue } from '../../../contracts/names.js';
import { poolOptions } from '../../../workers/create-workers.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';

const notAsked = (): never => {
  throw new Error('No activity runs in this test.');
};
const dependencies: ActivityDependencies = {
  store: createMemoryStore(),
  cacheFolder: '/nowhere',
  engine: notAsked,
  providers: notAsked,
};
const activities = createActivities(dependencies);

test('gives every activity its pool and its time', () => {
  const rows = Object.entries(activityTable).map(
    ([name, { pool, startToCloseTimeout }]) => `${name}: ${pool}, ${startToCloseTimeout}`,
  );
  expect(rows).toEqual([
    'admitRecipe: burnish, 2 hours',
    'openStage: burnish, 2 hours',
    'commitStage: burnish, 2 hours',
    'pruneCheckpoints: burnish, 2 hours',
    'publishModel: burnish, 2 hours',
    'renderReport: burnish, 2 hours',
    'planCollection: collect, 1 day',
    'collectShard: collect, 1 day',
    'mergeCollection: collect, 1 day',
    'trainSegment: train, 1 day',
    'sampleForLabels: generate, 1 day',
    'rewriteHeldOut: generate, 1 day',
    'planScores: score, 1 day',
    'scoreShard: score, 1 day',
    'labelTexts: score, 1 day',
    'evaluateTexts: score, 1 day',
    'scorePolicySamples: score, 1 day',
  ]);
});

test('has a row for every activity that is there, and no other', () => {
  expect(Object.keys(activities).sort()).toEqual(Object.keys(activityTable).sort());
});

test('every activity is registered with the workers of its pool alone', () => {
  const served = Object.values(Queue).flatMap((pool) =>
    Object.keys(poolOptions(pool, activities).activities ?? {}).map((name) => [name, pool]),
  );
  expect(Object.fromEntries(served)).toEqual(
    Object.fromEntries(Object.entries(activityTable).map(([name, { pool }]) => [name, pool])),
  );
  expect(served).toHaveLength(Object.keys(activityTable).length);
});
