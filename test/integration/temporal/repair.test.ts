/** What an operator does to work that is under way or lost, with the plain Temporal CLI; each by its effect. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { Queue } from '../../../contracts/names.js';
import type { PipelineProgress, PipelineResult } from '../../../contracts/stages.js';
import type { SegmentInput } from '../../../contracts/training.js';
import type { FakeCall } from '../../support/fakes/fake-activities.js';
import {
  startPipelineHarness,
  type PipelineHarness,
} from '../../support/programs/pipeline-harness.js';

let harness: PipelineHarness;
/** Digests of what an undisturbed run of the recipe makes. */
let wanted: unknown;
const segmentId = 'segment-0001';
/** A step that no test waits for to its end. */
const slowStepMs = 1500;

beforeAll(async () => {
  harness = await startPipelineHarness();
  await start('undisturbed');
  wanted = await outputsOf('undisturbed');
}, 120_000);
afterAll(() => harness.stop(), 60_000);
beforeEach(() => {
  harness.fakes.stepMs = 0;
  harness.fakes.calls.length = 0;
  harness.fakes.records.clear();
  harness.fakes.committed.clear();
});

const cli = (...commandLine: string[]): Promise<string> => harness.server.cli(...commandLine);

async function start(id: string): Promise<void> {
  const target = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', id];
  await cli('workflow', 'start', ...target, '--input', '{"name":"repair","stopAfter":"fineTune"}');
}

/** What every stage made, once the run has ended. */
async function outputsOf(id: string): Promise<unknown> {
  const { stages } = (await harness.client.workflow.getHandle(id).result()) as PipelineResult;
  return stages.map(({ stage, outputs }) => [stage, outputs]);
}

async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const found = await look();
    if (holds(found)) return found;
    if (tries > 300) throw new Error(`Never held; last seen: ${JSON.stringify(found)}`);
    await sleep(100);
  }
}

const segments = (): FakeCall[] =>
  harness.fakes.calls.filter(({ name }) => name === 'trainSegment');
const committedStep = (): number => Math.max(0, ...harness.fakes.committed.values());

/** A run whose fine-tuning is under way, some steps in. */
async function startTraining(id: string): Promise<void> {
  harness.fakes.stepMs = slowStepMs;
  await start(id);
  await until(
    () => Promise.resolve(segments().length),
    (count) => count > 0,
  );
  await sleep(1.5 * slowStepMs);
}

interface PendingActivity {
  activityId: string;
  state: string;
  attempt: number;
  currentRetryInterval?: string;
}

async function pending(id: string): Promise<PendingActivity | undefined> {
  const described = await cli('workflow', 'describe', '-w', `${id}/fineTune`, '--output', 'json');
  const { pendingActivities = [] } = JSON.parse(described) as {
    pendingActivities?: PendingActivity[];
  };
  return pendingActivities[0];
}

const activity = (verb: string, id: string, ...options: string[]): Promise<string> =>
  cli('activity', verb, '--workflow-id', `${id}/fineTune`, '--activity-id', segmentId, ...options);

test('pause holds a segment at a checkpoint and unpause goes on from it', async () => {
  await startTraining('held');
  await activity('pause', 'held');
  await until(
    () => Promise.resolve(committedStep()),
    (step) => step > 0,
  );
  const held = committedStep();
  harness.fakes.stepMs = 0;
  await until(
    () => pending('held'),
    (found) => found?.state.endsWith('STATE_PAUSED') ?? false,
  );
  await sleep(1500);
  expect(committedStep()).toBe(held);
  expect(segments()).toHaveLength(1);
  await activity('unpause', 'held');
  expect(await outputsOf('held')).toEqual(wanted);
  expect(segments()).toHaveLength(2);
}, 120_000);

test('a paused segment moves to the pool of another queue and ends there with the same results', async () => {
  await harness.serveTraining('train-large');
  await startTraining('moved');
  expect(segments().map(({ queue }) => queue)).toEqual([Queue.train]);
  await activity('pause', 'moved');
  await until(
    () => pending('moved'),
    (found) => found?.state.endsWith('STATE_PAUSED') ?? false,
  );
  await activity('update-options', 'moved', '--task-queue', 'train-large');
  harness.fakes.stepMs = 0;
  await activity('unpause', 'moved');
  expect(await outputsOf('moved')).toEqual(wanted);
  expect(segments().map(({ queue }) => queue)).toEqual([Queue.train, 'train-large']);
}, 120_000);

test('a reset segment starts over as its first attempt and goes on from its checkpoint', async () => {
  await startTraining('again');
  harness.fakes.stepMs = 0;
  await activity('reset', 'again');
  expect(await outputsOf('again')).toEqual(wanted);
}, 120_000);

test('a worker that is told to leave uses up no attempt, and the next one is due at once', async () => {
  await startTraining('left');
  await harness.stopTraining();
  const left = await until(
    () => pending('left'),
    (found) => found?.attempt === 2,
  );
  // The back-off of the first retry is a second.
  expect(Number.parseFloat(left?.currentRetryInterval ?? '0')).toBeLessThan(0.5);
  const step = committedStep();
  expect(step).toBeGreaterThan(0);

  harness.fakes.stepMs = 0;
  await harness.serveTraining();
  expect(await outputsOf('left')).toEqual(wanted);
  const handle = harness.client.workflow.getHandle('left');
  const { stages } = await handle.query<PipelineProgress>('progress');
  expect(stages.find(({ stage }) => stage === 'fineTune')?.attempts).toBe(1);
}, 120_000);

test('a terminated run that is started again takes up its stages and its checkpoint', async () => {
  await startTraining('ended');
  await cli('workflow', 'terminate', '-w', 'ended', '--reason', 'test');
  // Its stage is asked to end, and ends with a checkpoint.
  await until(
    () => cli('workflow', 'describe', '-w', 'ended/fineTune', '--output', 'json'),
    (described) => described.includes('EXECUTION_STATUS_CANCELED'),
  );
  const step = committedStep();
  expect(step).toBeGreaterThan(0);
  harness.fakes.calls.length = 0;
  harness.fakes.stepMs = 0;
  await start('ended');
  expect(await outputsOf('ended')).toEqual(wanted);
  const handle = harness.client.workflow.getHandle('ended');
  const { stages } = await handle.query<PipelineProgress>('progress');
  expect(stages.map(({ state }) => state)).toEqual(['reused', 'done']);
  expect(segments()).toHaveLength(1);
}, 120_000);

test('a run reset to an earlier point takes the same way again and reuses what was done', async () => {
  await start('reset');
  await outputsOf('reset');
  harness.fakes.calls.length = 0;
  const history = await cli('workflow', 'show', '-w', 'reset', '--output', 'json');
  const { events } = JSON.parse(history) as { events: { eventId: string; eventType: string }[] };
  const first = events.find(({ eventType }) => eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED');
  const where = ['--event-id', first!.eventId, '--reason', 'test'];
  await cli('workflow', 'reset', '-w', 'reset', ...where);
  expect(await outputsOf('reset')).toEqual(wanted);
  expect(segments()).toEqual([]);
  const handle = harness.client.workflow.getHandle('reset');
  const { stages } = await handle.query<PipelineProgress>('progress');
  expect(stages.map(({ state }) => state)).toEqual(['reused', 'reused']);
}, 120_000);

test('a schedule that skips starts no run while the one before goes on', async () => {
  harness.fakes.stepMs = slowStepMs;
  const when = ['--schedule-id', 'skip', '--cron', '0 3 * * *', '--overlap-policy', 'Skip'];
  const what = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', 'skip'];
  const recipe = '{"name":"repair","stopAfter":"fineTune"}';
  await cli('schedule', 'create', ...when, ...what, '--input', recipe);
  await cli('schedule', 'trigger', '--schedule-id', 'skip');
  await until(
    () => Promise.resolve(segments().length),
    (count) => count > 0,
  );
  await cli('schedule', 'trigger', '--schedule-id', 'skip');
  const skipped = async (): Promise<number> => {
    const text = await cli('schedule', 'describe', '--schedule-id', 'skip', '--output', 'json');
    const { info } = JSON.parse(text) as { info: { overlapSkipped?: string | number } };
    return Number(info.overlapSkipped ?? 0);
  };
  expect(await until(skipped, (count) => count > 0)).toBe(1);
  const handle = harness.client.schedule.getHandle('skip');
  const { recentActions } = (await handle.describe()).info;
  expect(recentActions).toHaveLength(1);
  harness.fakes.stepMs = 0;
  const [action] = recentActions;
  expect(await outputsOf(action!.action.workflow.workflowId)).toEqual(wanted);
}, 120_000);

test('a guard that trips in a run takes it back, is told, and the run ends', async () => {
  harness.fakes.trips.push({ workflowId: 'tripped/fineTune', stepIndex: 4 });
  await start('tripped');
  await outputsOf('tripped');
  const handle = harness.client.workflow.getHandle('tripped');
  const { stages } = await handle.query<PipelineProgress>('progress');
  expect(stages.find(({ stage }) => stage === 'fineTune')).toMatchObject({
    state: 'done',
    message:
      'loss was NaN at step 4, expected a finite number: learning rate times 0.5 from step 0 on',
    trips: [{ stepIndex: 4, value: 'NaN', answer: 'went back' }],
  });
  expect((segments().at(-1)?.input as SegmentInput).rateChanges).toEqual([
    { fromStep: 0, factor: 0.5 },
  ]);
}, 120_000);
