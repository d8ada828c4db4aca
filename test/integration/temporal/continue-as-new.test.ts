import { afterAll, beforeAll, expect, test } from 'vitest';
import { Queue, WorkflowType } from '../../../contracts/names.js';
import type { CollectShardInput, ScoreShardInput } from '../../../contracts/activities.js';
import type { PipelineResult } from '../../../contracts/stages.js';
import type { SegmentInput } from '../../../contracts/training.js';
import {
  startPipelineHarness,
  type PipelineHarness,
} from '../../support/programs/pipeline-harness.js';

let harness: PipelineHarness;
beforeAll(async () => {
  // A history of forty events is long here; by default ten thousand are.
  const limit = ['--dynamic-config-value', 'limit.historyCount.suggestContinueAsNew=40'];
  harness = await startPipelineHarness(limit);
});
afterAll(() => harness.stop());

async function runsOf(workflowId: string): Promise<number> {
  const runs = await harness.client.workflow.count(`WorkflowId="${workflowId}"`);
  return runs.count;
}

test('a stage with a long history goes on in a new run and loses nothing', async () => {
  harness.fakes.stepsPerSegment = 1;
  harness.fakes.shardCount = 30;
  const result = (await harness.client.workflow.execute(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId: 'long',
    args: [{ name: 'long', stopAfter: 'labelRewards' }],
  })) as PipelineResult;

  expect(result.stages.map(({ stage, state }) => [stage, state])).toEqual([
    ['collect', 'done'],
    ['fineTune', 'done'],
    ['labelRewards', 'done'],
  ]);
  expect(await runsOf('long/fineTune')).toBeGreaterThan(1);
  expect(await runsOf('long/collect')).toBeGreaterThan(1);
  expect(await runsOf('long/labelRewards')).toBeGreaterThan(1);

  const inputsOf = <T>(name: string): T[] =>
    harness.fakes.calls.filter((call) => call.name === name).map((call) => call.input as T);
  const segments = inputsOf<SegmentInput>('trainSegment');
  expect(segments.map(({ from }) => from?.stepIndex)).toEqual([
    undefined,
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
  ]);
  expect(result.stages[1]).toMatchObject({ segments: 10, attempts: 10 });
  const all = Array.from({ length: 30 }, (_, index) => index);
  const indexesOf = (asked: { shardIndex: number }[]): number[] =>
    asked.map(({ shardIndex }) => shardIndex).sort((a, b) => a - b);
  expect(indexesOf(inputsOf<CollectShardInput>('collectShard'))).toEqual(all);
  const [merge] = inputsOf<{ shards: { shardIndex: number }[] }>('mergeCollection');
  expect(merge?.shards.map(({ shardIndex }) => shardIndex)).toEqual(all);
  expect(indexesOf(inputsOf<ScoreShardInput>('scoreShard'))).toEqual(all);
  // The texts go from run to run: they are drawn once.
  expect(inputsOf('sampleForLabels')).toHaveLength(1);
  expect(inputsOf('planScores')).toHaveLength(1);
  expect(inputsOf<{ scores: unknown[] }>('labelTexts')[0]?.scores).toHaveLength(30);
}, 120_000);
