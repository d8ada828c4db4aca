import { expect, test } from 'vitest';
import { FailureType, WorkflowType } from '../../contracts/names.js';
import type { GuardSettings } from '../../recipe/sections/optimiser.js';
import { recipeSchema } from '../../recipe/recipe.js';
import type { StageInput, StageStatus } from '../../contracts/stages.js';
import type { Divergence, SegmentInput } from '../../contracts/training.js';
import { fakeCheckpoint, fakeRef } from '../support/fakes/fake-activities.js';
import {
  useSandbox,
  type Answer,
  type SandboxWorkflow,
} from '../support/fakes/workflow-sandbox.js';

const sandbox = useSandbox();

const stageKey = 'k'.repeat(64);
const trip = (stepIndex: number): Divergence => ({
  measure: 'gradient norm',
  value: 'Infinity',
  expected: 'a finite number',
  stepIndex,
});

/** A stage whose first segment is under way. */
async function atFirstSegment(
  guard: Partial<GuardSettings>,
): Promise<{ run: SandboxWorkflow; seq: number }> {
  const recipe = recipeSchema.parse({ name: 'sandbox', fineTune: { guard } });
  const input: StageInput = {
    stage: 'fineTune',
    recipe: { recipe, digest: 'd'.repeat(64), sourceDigests: [] },
    inputs: { dataset: fakeRef('dataset', 'pairs'), model: fakeRef('model', 'base') },
  };
  const run = await sandbox.open(WorkflowType.fineTune, input);
  const opening = await run.start();
  const opened = await run.resolve(opening.activities[0]!.seq, { stageKey });
  return { run, seq: opened.activities[0]!.seq };
}

const failWith = (run: SandboxWorkflow, seq: number, stepIndex: number): Promise<Answer> =>
  run.fail(seq, {
    message: 'diverged',
    type: FailureType.trainingDiverged,
    details: trip(stepIndex),
  });

test('goes back with a lower rate, and again, and then ends', async () => {
  const guard = { stepsBack: 20, rateFactor: 0.25, maxRollbacks: 2 };
  const { run, seq } = await atFirstSegment(guard);

  const [second] = (await failWith(run, seq, 50)).activities;
  expect(second).toMatchObject({ type: 'trainSegment', activityId: 'segment-0002' });
  const first = { fromStep: 30, factor: 0.25 };
  expect((second?.input as SegmentInput).rateChanges).toEqual([first]);
  expect((second?.input as SegmentInput).from).toBeUndefined();
  const status = (await run.query('progress')) as StageStatus;
  expect(status.trips).toEqual([{ ...trip(50), answer: 'went back', rateChange: first }]);
  expect(status.message).toBe(
    'gradient norm was Infinity at step 50, expected a finite number: learning rate times 0.25 from step 30 on',
  );

  const [third] = (await failWith(run, second!.seq, 10)).activities;
  expect(third?.activityId).toBe('segment-0003');
  // Nearer to the beginning than stepsBack.
  const changes = [first, { fromStep: 0, factor: 0.25 }];
  expect((third?.input as SegmentInput).rateChanges).toEqual(changes);

  const { failure } = await failWith(run, third!.seq, 12);
  expect(failure).toMatchObject({ type: 'TrainingDivergedError' });
  expect(failure?.message).toContain('at step 12, expected a finite number: training ends');
  await run.dispose();
});

test('the changes of the rate reach every later segment, a new run of the workflow, and the pruning', async () => {
  const { run, seq } = await atFirstSegment({ stepsBack: 5 });
  const [second] = (await failWith(run, seq, 8)).activities;
  run.suggestContinueAsNew();
  const progress = {
    stage: 'fineTune',
    stepIndex: 10,
    stepCount: 20,
    metric: { name: 'loss', value: 0.5 },
    tokensPerSecond: 10,
    secondsLeft: 1,
  };
  const checkpoint = fakeCheckpoint(stageKey, 10);
  const paused = { status: 'paused', progress, checkpoint, attempts: 1 };
  const { continuedAsNew } = await run.resolve(second!.seq, paused);
  await run.dispose();

  const next = await sandbox.open(WorkflowType.fineTune, continuedAsNew);
  const [third] = (await next.start()).activities;
  const rateChanges = [{ fromStep: 3, factor: 0.5 }];
  expect(third).toMatchObject({ activityId: 'segment-0003', input: { rateChanges } });
  const result = {
    model: fakeRef('model', 'tuned'),
    metrics: fakeRef('metrics', 'tuned'),
    summary: {},
  };
  const done = { ...paused, status: 'completed', result };
  const [prune] = (await next.resolve(third!.seq, done)).activities;
  expect(prune).toMatchObject({ type: 'pruneCheckpoints', input: { stageKey, rateChanges } });
  await next.dispose();
});

test('stop ends the stage at once, and says what tripped, where and with which number', async () => {
  const { run, seq } = await atFirstSegment({ answer: 'stop' });
  const { failure } = await failWith(run, seq, 50);
  expect(failure?.type).toBe('TrainingDivergedError');
  expect(failure?.message).toBe(
    'gradient norm was Infinity at step 50, expected a finite number: training ends',
  );
  await run.dispose();
});

test('no lower rate can help before the first update', async () => {
  const { run, seq } = await atFirstSegment({});
  expect((await failWith(run, seq, 0)).failure?.type).toBe('TrainingDivergedError');
  await run.dispose();
});

test.each([
  ['the factor of the recipe', [], 0.5],
  ['the factor of the operator', [0.1], 0.1],
  ['the factor of the recipe in place of what is none', ['half'], 0.5],
])('ask waits for resume and goes back with %s', async (_what, given, factor) => {
  const { run, seq } = await atFirstSegment({ answer: 'ask', stepsBack: 10 });
  expect((await failWith(run, seq, 50)).activities).toEqual([]);
  const waiting = (await run.query('progress')) as StageStatus;
  expect(waiting).toMatchObject({ state: 'paused', trips: [{ answer: 'waits', stepIndex: 50 }] });
  expect(waiting.message).toContain('waits for resume or stop');

  const [next] = (await run.signal('resume', ...given)).activities;
  const rateChange = { fromStep: 40, factor };
  expect((next?.input as SegmentInput).rateChanges).toEqual([rateChange]);
  const going = (await run.query('progress')) as StageStatus;
  expect(going.trips).toEqual([{ ...trip(50), answer: 'went back', rateChange }]);
  expect(going.state).toBe('running');
  await run.dispose();
});

test('ask waits for stop, which ends the stage', async () => {
  const { run, seq } = await atFirstSegment({ answer: 'ask' });
  await failWith(run, seq, 50);
  expect((await run.signal('stop')).failure?.type).toBe('StageStoppedError');
  await run.dispose();
});

test('a factor given before anything tripped answers nothing', async () => {
  const { run, seq } = await atFirstSegment({ answer: 'ask', stepsBack: 10 });
  await run.signal('resume', 0.9);
  await failWith(run, seq, 50);
  const [next] = (await run.signal('resume')).activities;
  expect((next?.input as SegmentInput).rateChanges).toEqual([{ fromStep: 40, factor: 0.5 }]);
  await run.dispose();
});

test('a failure of another kind ends the stage as ever', async () => {
  const { run, seq } = await atFirstSegment({});
  const type = FailureType.inputInvalid;
  const ended = await run.fail(seq, { message: 'unreadable', type, details: trip(1) });
  expect(ended.activities).toEqual([]);
  expect(ended.commands.some((command) => command.failWorkflowExecution)).toBe(true);
  await run.dispose();
});
