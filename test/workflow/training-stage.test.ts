import { expect, test } from 'vitest';
import { WorkflowType } from '../../contracts/names.js';
import { recipeSchema } from '../../recipe/recipe.js';
import type { StageInput, StageOutcome, StageStatus } from '../../contracts/stages.js';
import type { SegmentInput, SegmentResult } from '../../contracts/training.js';
import { fakeCheckpoint, fakeRef } from '../support/fakes/fake-activities.js';
import { useSandbox, type SandboxWorkflow } from '../support/fakes/workflow-sandbox.js';

const sandbox = useSandbox();

const recipe = recipeSchema.parse({
  name: 'sandbox',
  seed: 7,
  fineTune: { learningRate: 0.01 },
  compute: { segmentSeconds: 60, checkpointSeconds: 6, keepCheckpoints: 3 },
});
const input: StageInput = {
  stage: 'fineTune',
  recipe: { recipe, digest: 'd'.repeat(64), sourceDigests: [] },
  inputs: { dataset: fakeRef('dataset', 'pairs'), model: fakeRef('model', 'base') },
};
const stageKey = 'k'.repeat(64);

function segment(stepIndex: number, isLast = false): SegmentResult {
  const end = {
    progress: {
      stage: 'fineTune' as const,
      stepIndex,
      stepCount: 20,
      metric: { name: 'loss', value: 0.5 },
      tokensPerSecond: 10,
      secondsLeft: 1,
    },
    checkpoint: fakeCheckpoint(stageKey, stepIndex),
    attempts: 1,
  };
  if (!isLast) return { status: 'paused', ...end };
  const result = {
    model: fakeRef('model', 'tuned'),
    metrics: fakeRef('metrics', 'tuned'),
    summary: { loss: 0.5 },
  };
  return { status: 'completed', ...end, result };
}

async function atFirstSegment(
  from = input,
  parentId?: string,
): Promise<{ run: SandboxWorkflow; seq: number }> {
  const run = await sandbox.open(WorkflowType.fineTune, from, parentId);
  const opening = await run.start();
  const opened = await run.resolve(opening.activities[0]!.seq, { stageKey });
  return { run, seq: opened.activities[0]!.seq };
}

test('asks for an earlier result by the settings that matter, then trains on the train queue', async () => {
  const run = await sandbox.open(WorkflowType.fineTune, input);
  const [open] = (await run.start()).activities;
  expect(open).toMatchObject({ type: 'openStage', taskQueue: 'burnish', activityId: 'open' });
  expect(open?.input).toEqual({
    stage: 'fineTune',
    settings: { ...recipe.fineTune, template: recipe.model.template },
    seed: 7,
    inputs: input.inputs,
    force: false,
  });
  const [train] = (await run.resolve(open!.seq, { stageKey })).activities;
  expect(train).toMatchObject({ taskQueue: 'train', activityId: 'segment-0001' });
  expect(train?.input).toEqual({
    stage: 'fineTune',
    method: 'sft',
    stageKey,
    seed: 7,
    settings: { ...recipe.fineTune, template: recipe.model.template },
    inputs: input.inputs,
    maxSeconds: 60,
    checkpointSeconds: 6,
    keepCheckpoints: 3,
    keepCheckpointEvery: null,
    keepBestCheckpoint: false,
  } satisfies SegmentInput);
  await run.dispose();
});

test('a reused result ends the stage before anything is trained', async () => {
  const run = await sandbox.open(WorkflowType.fineTune, input);
  const [open] = (await run.start()).activities;
  const reused = {
    stage: 'fineTune',
    stageKey,
    outputs: { model: fakeRef('model', 'earlier') },
    summary: { loss: 1 },
    seconds: 3,
    workflowId: 'earlier',
    runId: 'r',
    finishedAt: '2026-01-01T00:00:00.000Z',
  };
  const end = await run.resolve(open!.seq, { stageKey, reused });
  expect(end.activities).toEqual([]);
  expect(end.completed).toMatchObject({ reused: true, record: reused });
  await run.dispose();
});

test('goes from segment to segment, then prunes and commits what was trained', async () => {
  const { run, seq } = await atFirstSegment();
  const [second] = (await run.resolve(seq, segment(10))).activities;
  expect(second?.activityId).toBe('segment-0002');
  expect((second?.input as SegmentInput).from).toEqual(fakeCheckpoint(stageKey, 10));
  const [prune] = (await run.resolve(second!.seq, segment(20, true))).activities;
  expect(prune).toMatchObject({ type: 'pruneCheckpoints' });
  expect(prune?.input).toEqual({
    stageKey,
    keep: 1,
    every: null,
    best: false,
    pinned: [fakeCheckpoint(stageKey, 20)],
  });
  const [commit] = (await run.resolve(prune!.seq, { removed: 1 })).activities;
  expect(commit?.input).toMatchObject({
    stageKey,
    outputs: { model: fakeRef('model', 'tuned'), metrics: fakeRef('metrics', 'tuned') },
    summary: { loss: 0.5 },
  });
  const end = await run.resolve(commit!.seq, commit!.input);
  expect((end.completed as StageOutcome).status).toMatchObject({ state: 'done', segments: 2 });
  await run.dispose();
});

test('pause cancels the segment, waits for its checkpoint, and trains no further', async () => {
  const { run, seq } = await atFirstSegment();
  const asked = await run.signal('pause');
  expect(asked.cancelled).toEqual([seq]);
  expect(((await run.query('progress')) as StageStatus).state).toBe('running');
  const held = await run.resolve(seq, segment(4));
  expect(held.activities).toEqual([]);
  expect(await run.query('progress')).toMatchObject({
    state: 'paused',
    training: { stepIndex: 4 },
  });
  const [next] = (await run.signal('resume')).activities;
  expect((next?.input as SegmentInput).from?.stepIndex).toBe(4);
  await run.dispose();
});

test('the pipeline hears of the checkpoint a pause left before it hears of the pause', async () => {
  const { run, seq } = await atFirstSegment(input, 'pipeline');
  expect((await run.signal('pause')).told).toEqual([]);
  const [first] = (await run.resolve(seq, segment(4))).told;
  expect(first).toMatchObject({
    workflowId: 'pipeline',
    input: { training: { checkpoint: { stepIndex: 4 } } },
  });
  await run.dispose();
});

test('a segment that was cut before any worker took it is simply asked for again', async () => {
  const { run, seq } = await atFirstSegment();
  await run.signal('pause');
  expect((await run.cancelled(seq)).activities).toEqual([]);
  const [next] = (await run.signal('resume')).activities;
  expect(next?.activityId).toBe('segment-0001');
  await run.dispose();
});

test('a pause that comes too late for a segment does not lose its result', async () => {
  const { run, seq } = await atFirstSegment();
  await run.signal('pause');
  const [prune] = (await run.resolve(seq, segment(20, true))).activities;
  expect(prune?.type).toBe('pruneCheckpoints');
  await run.dispose();
});

test('stop ends the stage with a failure that says where it stands', async () => {
  const { run, seq } = await atFirstSegment();
  expect((await run.signal('stop')).cancelled).toEqual([seq]);
  const { failure } = await run.resolve(seq, segment(4));
  expect(failure?.type).toBe('StageStoppedError');
  expect(failure?.message).toContain('stopped by an operator at step 4');
  await run.dispose();
});

test('continues as new between segments and takes up where it was', async () => {
  const { run, seq } = await atFirstSegment();
  run.suggestContinueAsNew();
  const { continuedAsNew } = await run.resolve(seq, segment(10));
  expect(continuedAsNew).toMatchObject({
    carried: { stageKey, from: fakeCheckpoint(stageKey, 10), paused: false },
  });
  await run.dispose();

  const next = await sandbox.open(WorkflowType.fineTune, continuedAsNew);
  const [train] = (await next.start()).activities;
  expect(train).toMatchObject({ type: 'trainSegment', activityId: 'segment-0002' });
  expect((train?.input as SegmentInput).from?.stepIndex).toBe(10);
  await next.dispose();
});
