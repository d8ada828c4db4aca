import { expect, test } from 'vitest';
import { recipeSchema } from '../../../recipe/recipe.js';
import { Stage } from '../../../recipe/stage.js';
import type { StageOutcome } from '../../../contracts/stages.js';
import {
  type PipelineEvent,
  type PipelineState,
  advancePipeline,
  pipelineDetails,
  startedPipeline,
} from '../../../workflows/pipeline-state.js';
import { fakeRef } from '../../support/fakes/fake-activities.js';

const at = (second: number): string => new Date(1000 * second).toISOString();
const admitted: PipelineEvent = {
  type: 'admitted',
  admitted: { recipe: recipeSchema.parse({ name: 'state' }), digest: 'd', sourceDigests: [] },
  stages: [Stage.collect, Stage.fineTune, Stage.publish],
};
const after = (...events: PipelineEvent[]): PipelineState =>
  [admitted, ...events].reduce(advancePipeline, startedPipeline('?'));
const started = (stage: Stage, second: number): PipelineEvent => ({
  type: 'stage started',
  stage,
  workflowId: `run/${stage}`,
  at: at(second),
});
const outcome = (reused: boolean): StageOutcome => ({
  reused,
  status: { stage: Stage.collect, state: reused ? 'reused' : 'done', summary: { pairs: 3 } },
  record: {
    stage: Stage.collect,
    stageKey: 'key',
    outputs: { dataset: fakeRef('dataset', 'd') },
    summary: { pairs: 3 },
    seconds: 9,
    workflowId: 'w',
    runId: 'r',
    finishedAt: at(1),
  },
});
const ended = (second: number, reused = false): PipelineEvent => ({
  type: 'stage ended',
  stage: Stage.collect,
  at: at(second),
  outcome: outcome(reused),
});

test('knows its stages only once the recipe is admitted', () => {
  expect(startedPipeline('x').progress.stages).toEqual([]);
  expect(after().progress.stages.map(({ state }) => state)).toEqual([
    'waiting',
    'waiting',
    'waiting',
  ]);
  expect(after().progress).toMatchObject({ recipe: 'state', recipeDigest: 'd' });
});

test('measures a stage from its start to its end', () => {
  expect(after(started(Stage.collect, 10), ended(17)).progress.stages[0]).toMatchObject({
    state: 'done',
    seconds: 7,
    workflowId: 'run/collect',
    summary: { pairs: 3 },
  });
});

test('says which stages were reused', () => {
  expect(after(started(Stage.collect, 1), ended(2, true)).progress.stages[0]?.state).toBe('reused');
});

test('is paused once no stage runs any more', () => {
  const pausing = after(started(Stage.collect, 1), { type: 'paused' });
  expect(pausing.progress.state).toBe('running');
  const change: PipelineEvent = {
    type: 'stage changed',
    change: { stage: Stage.collect, state: 'paused', segments: 2 },
  };
  const held = advancePipeline(pausing, change);
  expect(held.progress.state).toBe('paused');
  expect(held.progress.stages[0]).toMatchObject({ state: 'paused', segments: 2 });
  expect(advancePipeline(held, { type: 'resumed' }).progress.state).toBe('running');
});

test('waits for approval until somebody decides', () => {
  const asked = after({ type: 'approval asked' });
  expect(asked.progress.state).toBe('waiting for approval');
  const decided = advancePipeline(asked, { type: 'decided', approved: false, note: 'too long' });
  expect(decided.progress.state).toBe('running');
  expect(decided.approval).toEqual({ approved: false, note: 'too long' });
});

test('a publication that was refused leaves no version', () => {
  const refused = { aliasMoved: false, message: 'worse than production' };
  const { progress } = after(started(Stage.publish, 1), {
    type: 'published',
    at: at(2),
    outcome: refused,
  });
  expect(progress.version).toBeUndefined();
  expect(progress.stages[2]).toMatchObject({ state: 'skipped', message: refused.message });
});

test('keeps why a stage failed', () => {
  const { progress } = after(started(Stage.collect, 1), {
    type: 'stage failed',
    stage: Stage.collect,
    at: at(4),
    message: 'no rows',
  });
  expect(progress.stages[0]).toMatchObject({ state: 'failed', message: 'no rows', seconds: 3 });
});

test('shows a table in which no message can break a row', () => {
  const { progress } = after(started(Stage.collect, 1), {
    type: 'stage failed',
    stage: Stage.collect,
    at: at(4),
    message: 'a | b\nc',
  });
  expect(pipelineDetails(progress)).toContain('| collect | failed | 3.0 | a / b c |');
});
