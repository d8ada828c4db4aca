/**
 * Writes `test/replay/histories/*.json`, one history a workflow type, from runs on the real dev server:
 * `node --import tsx test/support/record-histories.ts`. Record again only when a change of workflow code is meant to
 * break running workflows; until then replay of the old histories must stay green.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Message, Queue, WorkflowType } from '../../contracts/names.js';
import type { PipelineProgress } from '../../contracts/stages.js';
import { startPipelineHarness } from './pipeline-harness.js';

const folder = fileURLToPath(new URL('../replay/histories', import.meta.url));
const stages = {
  collect: 'collect',
  pretrain: 'pretrain',
  fineTune: 'fineTune',
  labelRewards: 'labelRewards',
  trainRewardModel: 'pickReward',
  optimizePolicy: 'optimizePolicy',
  evaluate: 'evaluate',
};

const harness = await startPipelineHarness();
try {
  const { client, fakes } = harness;
  fakes.stepMs = 300;
  fakes.stepsPerSegment = 5;
  const handle = await client.workflow.start(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId: 'recorded',
    args: [{ name: 'recorded', pretrain: {}, publish: { requireApproval: true } }],
  });
  // A paused and resumed segment is part of what must replay.
  while (!fakes.calls.some(({ name }) => name === 'trainSegment')) await sleep(50);
  await sleep(700);
  await handle.signal(Message.pause);
  const stateIs = async (wanted: PipelineProgress['state']): Promise<boolean> =>
    (await handle.query<PipelineProgress>(Message.progress)).state === wanted;
  while (!(await stateIs('paused'))) await sleep(100);
  fakes.stepMs = 0;
  await handle.signal(Message.resume);
  while (!(await stateIs('waiting for approval'))) await sleep(100);
  await handle.executeUpdate(Message.approve, { args: ['recorded'] });
  await handle.result();

  await mkdir(folder, { recursive: true });
  for (const [type, stage] of Object.entries({ pipeline: '', ...stages })) {
    const id = stage === '' ? 'recorded' : `recorded/${stage}`;
    const history = historyToJSON(await client.workflow.getHandle(id).fetchHistory());
    // Who recorded it is of no matter to replay.
    const anonymous = history.replaceAll(/"identity": "[^"]*"/g, '"identity": "recorder"');
    await writeFile(join(folder, `${type}.json`), `${anonymous}\n`);
  }
} finally {
  await harness.stop();
}
