/**
 * Writes `test/replay/histories/*.json`, a history of every workflow type and what a training can meet, from runs on the real dev server:
 * `node --import tsx test/support/record-histories.ts`. Record again only when a change of workflow code is meant to
 * break running workflows; until then replay of the old histories must stay green.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { Message, Queue, WorkflowType } from '../../contracts/names.js';
import type { PipelineProgress } from '../../contracts/stages.js';
import type { Stage } from '../../recipe/stage.js';
import { startPipelineHarness } from '../support/programs/pipeline-harness.js';

const folder = fileURLToPath(new URL('./histories', import.meta.url));
const stages = {
  collect: 'collect',
  pretrain: 'pretrain',
  fineTune: 'fineTune',
  labelRewards: 'labelRewards',
  trainRewardModel: 'pickReward',
  optimizePolicy: 'optimizePolicy',
  evaluate: 'evaluate',
} satisfies Record<Exclude<WorkflowType, 'pipeline'>, Stage>;

async function write(name: string, handle: WorkflowHandle): Promise<void> {
  const history = historyToJSON(await handle.fetchHistory());
  // Who recorded it, and where, is of no matter to replay.
  const anonymous = history
    .replaceAll(/"identity": "[^"]*"/g, '"identity": "recorder"')
    .replaceAll(/"stackTrace": "(?:[^"\\]|\\.)*"/g, '"stackTrace": ""');
  await writeFile(join(folder, `${name}.json`), `${anonymous}\n`);
}

// A history of sixty events is long here, so that a stage goes on in a new run; by default ten thousand are.
const harness = await startPipelineHarness([
  '--dynamic-config-value',
  'limit.historyCount.suggestContinueAsNew=60',
]);
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
    await write(type, client.workflow.getHandle(id));
  }

  // A training that goes back, asks, is answered, and goes on in a new run of its workflow.
  fakes.stepsPerSegment = 1;
  const tripped = 'tripped/fineTune';
  for (const stepIndex of [2, 3]) fakes.trips.push({ workflowId: tripped, stepIndex });
  const asked = await client.workflow.start(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId: 'tripped',
    args: [
      { name: 'tripped', seed: 7, stopAfter: 'fineTune', fineTune: { guard: { answer: 'ask' } } },
    ],
  });
  for (const answered of [0, 1]) {
    const waits = async (): Promise<boolean> => {
      const { stages: all } = await asked.query<PipelineProgress>(Message.progress);
      const trips = all.find(({ stage }) => stage === 'fineTune')?.trips ?? [];
      return trips.length > answered && trips.at(-1)?.answer === 'waits';
    };
    while (!(await waits())) await sleep(100);
    await asked.signal(Message.resume, 0.5);
  }
  await asked.result();
  const first = (await client.workflow.getHandle(tripped).describe()).raw.workflowExecutionInfo
    ?.firstRunId;
  await write('fineTune.first-run', client.workflow.getHandle(tripped, first ?? undefined));
  await write('fineTune.last-run', client.workflow.getHandle(tripped));
} finally {
  await harness.stop();
}
