import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Queue, WorkflowType } from '../../../contracts/names.js';
import { Stage } from '../../../recipe/stage.js';
import type { PipelineResult } from '../../../contracts/stages.js';
import {
  startPipelineHarness,
  type PipelineHarness,
} from '../../support/programs/pipeline-harness.js';

let harness: PipelineHarness;
let runCount = 0;
beforeAll(async () => {
  harness = await startPipelineHarness();
}, 60_000);
afterAll(() => harness.stop(), 60_000);
beforeEach(() => {
  harness.fakes.calls.length = 0;
  harness.fakes.stepMs = 0;
});

async function runPipeline(recipe: unknown): Promise<PipelineResult> {
  runCount += 1;
  return (await harness.client.workflow.execute(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId: `pipeline-${runCount}`,
    args: [recipe],
  })) as PipelineResult;
}

const statesOf = (result: PipelineResult): Record<string, string> =>
  Object.fromEntries(result.stages.map(({ stage, state }) => [stage, state]));

test('runs every stage in order, then reuses what did not change', async () => {
  const first = await runPipeline({ name: 'order' });
  expect(statesOf(first)).toEqual({
    collect: 'done',
    fineTune: 'done',
    labelRewards: 'done',
    pickReward: 'done',
    aestheticReward: 'done',
    optimizePolicy: 'done',
    evaluate: 'done',
    publish: 'done',
  });
  expect(first.version).toBe('burnish-1');

  const startedAt = Date.now();
  const second = await runPipeline({ name: 'order' });
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(new Set(second.stages.map(({ state }) => state))).toEqual(new Set(['reused']));
  expect(second.version).toBe('burnish-1');

  harness.fakes.calls.length = 0;
  const third = await runPipeline({ name: 'order', optimizePolicy: { learningRate: 1e-5 } });
  const computed = third.stages.filter(({ state }) => state === 'done').map(({ stage }) => stage);
  expect(computed).toEqual([Stage.optimizePolicy, Stage.evaluate, Stage.publish]);
}, 60_000);
