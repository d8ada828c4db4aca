/** Everything an operator does with the plain Temporal CLI; the commands are those of the README. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { PipelineProgress, StageStatus } from '../../../contracts/stages.js';
import {
  startPipelineHarness,
  type PipelineHarness,
} from '../../support/programs/pipeline-harness.js';

let harness: PipelineHarness;
beforeAll(async () => {
  harness = await startPipelineHarness();
}, 90_000);
afterAll(() => harness.stop(), 60_000);
beforeEach(() => {
  harness.fakes.stepMs = 0;
  harness.fakes.calls.length = 0;
  harness.fakes.records.clear();
  harness.fakes.committed.clear();
});

const cli = (...commandLine: string[]): Promise<string> => harness.server.cli(...commandLine);

async function start(id: string, recipe: object): Promise<void> {
  const file = join(harness.folder, `${id}.json`);
  await writeFile(file, JSON.stringify({ name: id, ...recipe }));
  const target = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', id];
  await cli('workflow', 'start', ...target, '--input-file', file);
}

async function progress<T = PipelineProgress>(id: string): Promise<T> {
  const answer = await cli('workflow', 'query', '-w', id, '--name', 'progress', '--output', 'json');
  return (JSON.parse(answer) as { queryResult: T[] }).queryResult[0]!;
}

async function until<T>(look: () => Promise<T>, holds: (found: T) => boolean): Promise<T> {
  for (let tries = 0; ; tries += 1) {
    const found = await look().catch((error: unknown) => {
      if (tries > 40) throw error;
      return undefined;
    });
    if (found !== undefined && holds(found)) return found;
    if (tries > 150) throw new Error(`Never held; last seen: ${JSON.stringify(found)}`);
    await sleep(200);
  }
}

/** When the last event of each type came, milliseconds since 1970. */
async function timesOf(id: string, types: string[]): Promise<(number | undefined)[]> {
  const text = await cli('workflow', 'show', '-w', id, '--output', 'json');
  const { events } = JSON.parse(text) as { events: { eventType: string; eventTime: string }[] };
  return types.map((type) => {
    const last = events.filter((event) => event.eventType === `EVENT_TYPE_${type}`).at(-1);
    return last && Date.parse(last.eventTime);
  });
}

async function untilTraining(id: string): Promise<void> {
  await until(
    () => Promise.resolve(harness.fakes.calls.some(({ name }) => name === 'trainSegment')),
    (isTraining) => isTraining,
  );
  expect(stateOf('fineTune')(await progress(id))).toBe('running');
}

/** A step that no test waits for to its end. */
const slowStepMs = 1500;

const stateOf = (stage: string) => (found: { stages: StageStatus[] | null }) =>
  // The CLI prints an empty list as null.
  found.stages?.find((status) => status.stage === stage)?.state;

test('starts a run from a file, shows where it stands, and lists it by its recipe', async () => {
  await start('start', {});
  await cli('workflow', 'result', '-w', 'start');
  const done = await progress('start');
  expect(done).toMatchObject({ recipe: 'start', state: 'completed', version: 'burnish-1' });
  const list = async (query: string): Promise<string[]> => {
    const text = await cli('workflow', 'list', '--query', query, '--output', 'json');
    const rows = JSON.parse(text) as { execution: { workflowId: string } }[];
    return rows.map((row) => row.execution.workflowId);
  };
  const all = await until(
    () => list('BurnishRecipe="start"'),
    (ids) => ids.length === 8,
  );
  expect(all).toContain('start');
  expect(await list('BurnishRecipe="start" AND BurnishStage="fineTune"')).toEqual([
    'start/fineTune',
  ]);
  expect(await list('BurnishModel="burnish" AND WorkflowType="pipeline"')).toEqual(['start']);
}, 90_000);

test('a stage tells in words what it does, and its activities what they are for', async () => {
  const described = await cli('workflow', 'describe', '-w', 'start/fineTune', '--output', 'json');
  expect(described).toContain('Fine-tune the policy on pairs');
  const history = await cli('workflow', 'show', '-w', 'start/fineTune', '--output', 'json');
  expect(history).toContain('segment-0001');
  const details = await cli('workflow', 'metadata', '-w', 'start', '--output', 'json');
  expect(details).toContain('| publish | done |');
}, 90_000);

test('refuses a wrong recipe at once, with every mistake', async () => {
  await start('wrong', { seed: -1, collect: { maxWords: 'many' } });
  const failure = await cli('workflow', 'result', '-w', 'wrong').catch((error: unknown) => {
    const { stdout, stderr } = error as { stdout: string; stderr: string };
    return stdout + stderr;
  });
  expect(failure).toContain('RecipeInvalidError');
  expect(failure).toMatch(/seed[\s\S]*collect\.maxWords/);
}, 90_000);

test('pause stops a segment within 5 seconds at a checkpoint, and resume goes on from there', async () => {
  harness.fakes.stepMs = slowStepMs;
  await start('pause', {});
  await untilTraining('pause');
  await sleep(1.5 * slowStepMs);
  await cli('workflow', 'signal', '-w', 'pause', '--name', 'pause');
  const paused = await until(
    () => progress('pause'),
    (found) => found.state === 'paused',
  );
  const stage = paused.stages.find((status) => status.stage === 'fineTune')!;
  expect(stage.state).toBe('paused');
  const step = stage.training!.checkpoint!.stepIndex;
  expect(step).toBeGreaterThan(0);
  expect(step).toBeLessThan(10);
  const [askedAt, endedAt] = await timesOf('pause/fineTune', [
    'WORKFLOW_EXECUTION_SIGNALED',
    'ACTIVITY_TASK_COMPLETED',
  ]);
  expect(endedAt! - askedAt!).toBeLessThan(5000);

  await sleep(1000);
  expect((await progress('pause')).state).toBe('paused');
  harness.fakes.stepMs = 0;
  await cli('workflow', 'signal', '-w', 'pause', '--name', 'resume');
  await cli('workflow', 'result', '-w', 'pause');
  const segments = harness.fakes.calls.filter(
    ({ name, input }) =>
      name === 'trainSegment' && (input as { stage: string }).stage === 'fineTune',
  );
  expect((segments.at(-1)?.input as { from: { stepIndex: number } }).from.stepIndex).toBe(step);
  const done = await progress('pause');
  expect(done.stages.find((status) => status.stage === 'fineTune')?.segments).toBe(2);
}, 90_000);

test('one stage can be paused by itself, and its run shows it', async () => {
  harness.fakes.stepMs = slowStepMs;
  await start('stage-pause', {});
  await untilTraining('stage-pause');
  await cli('workflow', 'signal', '-w', 'stage-pause/fineTune', '--name', 'pause');
  await until(
    () => progress('stage-pause'),
    (found) => stateOf('fineTune')(found) === 'paused',
  );
  expect((await progress<StageStatus>('stage-pause/fineTune')).state).toBe('paused');
  harness.fakes.stepMs = 0;
  await cli('workflow', 'signal', '-w', 'stage-pause/fineTune', '--name', 'resume');
  await cli('workflow', 'result', '-w', 'stage-pause');
}, 90_000);

test('stop ends a stage at its checkpoint, and the run says so', async () => {
  harness.fakes.stepMs = slowStepMs;
  await start('stop', {});
  await untilTraining('stop');
  await sleep(1.5 * slowStepMs);
  await cli('workflow', 'signal', '-w', 'stop/fineTune', '--name', 'stop');
  const stopped = await until(
    () => progress('stop'),
    (found) => found.state === 'failed',
  );
  const { message } = stopped.stages.find((status) => status.stage === 'fineTune')!;
  expect(message).toContain('stopped by an operator at step');
}, 90_000);

test('publishing waits for approval, and only then takes a decision', async () => {
  await start('approve', { publish: { requireApproval: true } });
  const approve = ['workflow', 'update', 'execute', '-w', 'approve', '--name', 'approve'];
  await until(
    () => progress('approve'),
    (found) => found.state === 'waiting for approval',
  );
  await expect(cli(...approve, '--input', '7')).rejects.toMatchObject({
    stderr: expect.stringContaining('Expected one argument') as string,
  });
  expect(await cli(...approve, '--input', '"looks good"')).toContain('Approved');
  await cli('workflow', 'result', '-w', 'approve');
  expect((await progress('approve')).version).toBe('burnish-1');
}, 90_000);

test('an approval is refused while nothing waits for one', async () => {
  harness.fakes.stepMs = slowStepMs;
  await start('early', { publish: { requireApproval: true } });
  await untilTraining('early');
  await expect(
    cli('workflow', 'update', 'execute', '-w', 'early', '--name', 'approve'),
  ).rejects.toMatchObject({
    stderr: expect.stringContaining('Nothing waits for approval') as string,
  });
  await cli('workflow', 'terminate', '-w', 'early', '--reason', 'test');
}, 90_000);

test('a rejected model is not published, and the run still ends with its report', async () => {
  await start('reject', { publish: { requireApproval: true } });
  await until(
    () => progress('reject'),
    (found) => found.state === 'waiting for approval',
  );
  const reject = ['workflow', 'update', 'execute', '-w', 'reject', '--name', 'reject'];
  await cli(...reject, '--input', '"samples repeat"');
  await cli('workflow', 'result', '-w', 'reject');
  const done = await progress('reject');
  expect(done.version).toBeUndefined();
  expect(done.report).toMatchObject({ kind: 'report' });
  expect(done.stages.at(-1)).toMatchObject({
    state: 'skipped',
    message: 'Not published: samples repeat',
  });
}, 90_000);

test('cancel ends the run and its stage, after a checkpoint', async () => {
  harness.fakes.stepMs = slowStepMs;
  await start('cancel', {});
  await untilTraining('cancel');
  await sleep(1.5 * slowStepMs);
  await cli('workflow', 'cancel', '-w', 'cancel');
  const statusOf = async (id: string): Promise<string> => {
    const text = await cli('workflow', 'describe', '-w', id, '--output', 'json');
    return (JSON.parse(text) as { workflowExecutionInfo: { status: string } }).workflowExecutionInfo
      .status;
  };
  await until(
    () => statusOf('cancel'),
    (status) => status.endsWith('CANCELED'),
  );
  await until(
    () => statusOf('cancel/fineTune'),
    (status) => status.endsWith('CANCELED'),
  );
  const history = await cli('workflow', 'show', '-w', 'cancel/fineTune', '--output', 'json');
  expect(history).toMatch(/EVENT_TYPE_ACTIVITY_TASK_COMPLETED[\s\S]*EXECUTION_CANCELED/);
  expect((await progress('cancel')).state).toBe('cancelled');
}, 90_000);

test('a schedule starts a run', async () => {
  const file = join(harness.folder, 'nightly.json');
  await writeFile(file, JSON.stringify({ name: 'nightly' }));
  const when = ['--schedule-id', 'nightly', '--cron', '0 3 * * *', '--overlap-policy', 'Skip'];
  const what = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', 'nightly'];
  await cli('schedule', 'create', ...when, ...what, '--input-file', file);
  await cli('schedule', 'trigger', '--schedule-id', 'nightly');
  const found = await until(
    async () =>
      JSON.parse(
        await cli(
          ...['workflow', 'list', '--output', 'json', '--query'],
          'BurnishRecipe="nightly" AND WorkflowType="pipeline" AND ExecutionStatus="Completed"',
        ),
      ) as unknown[],
    (rows) => rows.length === 1,
  );
  expect(found).toHaveLength(1);
}, 90_000);
