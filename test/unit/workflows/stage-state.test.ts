import { expect, test } from 'vitest';
import { Stage } from '../../../recipe/stage.js';
import type { StageRecord } from '../../../contracts/stages.js';
import {
  advanceStage,
  startedStage,
  type StageEvent,
  type StageState,
} from '../../../workflows/stage-state.js';
import { fakeCheckpoint, fakeRef } from '../../support/fakes/fake-activities.js';

const start = { workflowId: 'run/fineTune', startedAt: '2026-01-01T00:00:00.000Z' };
const after = (...events: StageEvent[]): StageState =>
  events.reduce(advanceStage, startedStage(Stage.fineTune, start));
const segment = (stepIndex: number, attempts: number): StageEvent => ({
  type: 'segment ended',
  result: {
    status: 'paused',
    attempts,
    checkpoint: fakeCheckpoint('key', stepIndex),
    progress: {
      stage: Stage.fineTune,
      stepIndex,
      stepCount: 10,
      metric: { name: 'loss', value: 1 },
      tokensPerSecond: 1,
      secondsLeft: 1,
    },
  },
});
const record: StageRecord = {
  stage: Stage.fineTune,
  stageKey: 'key',
  outputs: { model: fakeRef('model', 'm') },
  summary: { loss: 0.5 },
  seconds: 3,
  workflowId: 'earlier/fineTune',
  runId: 'run',
  finishedAt: '2026-01-01T00:00:00.000Z',
};

test('is paused only once the work under way has ended', () => {
  const pausing = after({ type: 'work started' }, { type: 'paused' });
  expect(pausing.status.state).toBe('running');
  const trained = advanceStage(pausing, segment(3, 1));
  expect(trained.status.state).toBe('running');
  expect(advanceStage(trained, { type: 'work ended' }).status.state).toBe('paused');
});

test('runs again after a resume', () => {
  expect(after({ type: 'paused' }, { type: 'resumed' }).status.state).toBe('running');
});

test('counts segments and their attempts, and shows the newest checkpoint', () => {
  const { status } = after(segment(3, 2), segment(6, 1));
  expect(status).toMatchObject({ segments: 2, attempts: 3 });
  expect(status.training).toMatchObject({ stepIndex: 6, checkpoint: { stepIndex: 6 } });
});

test('a pause that comes after the end does not undo it', () => {
  expect(after({ type: 'committed', record }, { type: 'paused' }).status.state).toBe('done');
  expect(after({ type: 'reused', record }, { type: 'paused' }).status.state).toBe('reused');
});

test('a reused stage shows the outputs it reuses', () => {
  expect(after({ type: 'reused', record }).status).toMatchObject({
    state: 'reused',
    outputs: record.outputs,
    summary: record.summary,
  });
});

test('takes up its status and pause where the former run left them', () => {
  const { status, paused } = after(segment(3, 1), { type: 'paused' });
  const next = startedStage(
    Stage.fineTune,
    { ...start, startedAt: '2030-01-01T00:00:00.000Z' },
    { status, paused },
  );
  expect(next.paused).toBe(true);
  expect(next.status).toMatchObject({ segments: 1, startedAt: start.startedAt });
});
