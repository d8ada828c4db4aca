/** What a pipeline knows about itself, as a pure function of what happened. */
import type { PublishOutcome } from '../contracts/activities.js';
import type { ArtifactRef } from '../contracts/artifact.js';
import { Stage } from '../recipe/stage.js';
import type {
  AdmittedRecipe,
  PipelineProgress,
  StageChange,
  StageOutcome,
  StageStatus,
} from '../contracts/stages.js';

export interface PipelineState {
  progress: PipelineProgress;
  paused: boolean;
  approval: 'not asked' | 'asked' | { approved: boolean; note: string };
}

export type PipelineEvent =
  | { type: 'admitted'; admitted: AdmittedRecipe; stages: Stage[] }
  | { type: 'stage started'; stage: Stage; workflowId: string; at: string }
  | { type: 'stage changed'; change: StageChange }
  | { type: 'stage ended'; stage: Stage; at: string; outcome: StageOutcome }
  | { type: 'stage failed'; stage: Stage; at: string; message: string }
  | { type: 'paused' }
  | { type: 'resumed' }
  | { type: 'approval asked' }
  | { type: 'decided'; approved: boolean; note: string }
  | { type: 'published'; at: string; outcome: PublishOutcome; reused?: boolean }
  | { type: 'reported'; report: ArtifactRef }
  | { type: 'ended'; state: 'completed' | 'failed' | 'cancelled' };

/** A pipeline whose recipe is still to be checked. */
export function startedPipeline(recipe: string): PipelineState {
  return {
    progress: { recipe, state: 'running', stages: [] },
    paused: false,
    approval: 'not asked',
  };
}

/** The state after an event. */
export function advancePipeline(state: PipelineState, event: PipelineEvent): PipelineState {
  switch (event.type) {
    case 'admitted':
      return withProgress(state, {
        recipe: event.admitted.recipe.name,
        recipeDigest: event.admitted.digest,
        stages: event.stages.map((stage) => ({ stage, state: 'waiting' })),
      });
    case 'stage started': {
      const { stage, workflowId, at } = event;
      return withStage(state, { stage, state: 'running', workflowId, startedAt: at });
    }
    case 'stage changed':
      return withStage(state, event.change);
    case 'stage ended':
      return withStage(state, { ...event.outcome.status, ...ending(state, event) });
    case 'stage failed':
      return withStage(state, {
        stage: event.stage,
        state: 'failed',
        message: event.message,
        ...ending(state, event),
      });
    case 'paused':
      return withProgress({ ...state, paused: true }, {});
    case 'resumed':
      return withProgress({ ...state, paused: false }, {});
    case 'approval asked':
      return withProgress({ ...state, approval: 'asked' }, {});
    case 'decided': {
      const { approved, note } = event;
      return withProgress({ ...state, approval: { approved, note } }, {});
    }
    case 'published':
      return afterPublish(state, event);
    case 'reported':
      return withProgress(state, { report: event.report });
    case 'ended':
      return { ...state, progress: { ...state.progress, state: event.state } };
  }
}

function withStage(
  state: PipelineState,
  changes: Partial<StageStatus> & { stage: Stage },
): PipelineState {
  const stages = state.progress.stages.map((status) =>
    status.stage === changes.stage ? { ...status, ...changes } : status,
  );
  return withProgress(state, { stages });
}

function withProgress(state: PipelineState, changes: Partial<PipelineProgress>): PipelineState {
  const progress = { ...state.progress, ...changes };
  return { ...state, progress: { ...progress, state: liveState(state, progress) } };
}

function liveState(
  { paused, approval }: PipelineState,
  { stages }: PipelineProgress,
): PipelineProgress['state'] {
  if (approval === 'asked') return 'waiting for approval';
  const isWorking = stages.some((status) => status.state === 'running');
  return paused && !isWorking ? 'paused' : 'running';
}

function ending(
  state: PipelineState,
  event: { stage: Stage; at: string },
): Pick<StageStatus, 'finishedAt' | 'seconds'> {
  const startedAt = state.progress.stages.find(({ stage }) => stage === event.stage)?.startedAt;
  if (startedAt === undefined) return { finishedAt: event.at };
  const seconds = (Date.parse(event.at) - Date.parse(startedAt)) / 1000;
  return { finishedAt: event.at, seconds };
}

function afterPublish(
  state: PipelineState,
  event: { at: string; outcome: PublishOutcome; reused?: boolean },
): PipelineState {
  const { at, outcome, reused = false } = event;
  const done = reused ? 'reused' : 'done';
  const published = withStage(state, {
    stage: Stage.publish,
    state: outcome.version === undefined ? 'skipped' : done,
    message: outcome.message,
    ...ending(state, { stage: Stage.publish, at }),
  });
  return outcome.version === undefined
    ? published
    : withProgress(published, { version: outcome.version });
}

/** Markdown for the Temporal UI: what runs now, and a line for each stage. */
export function pipelineDetails(progress: PipelineProgress): string {
  const head = `Recipe **${progress.recipe}**: ${progress.state}`;
  const rows = progress.stages.map(
    (status) => `| ${status.stage} | ${status.state} | ${seconds(status)} | ${note(status)} |`,
  );
  return [head, '', '| stage | state | seconds | |', '|---|---|---|---|', ...rows].join('\n');
}

function seconds(status: StageStatus): string {
  return status.seconds === undefined ? '' : status.seconds.toFixed(1);
}

function note({ message, training }: StageStatus): string {
  if (message !== undefined)
    return message.replaceAll('|', '/').replaceAll('\n', ' ').slice(0, 200);
  if (!training) return '';
  const { stepIndex, stepCount, metric } = training;
  return `step ${stepIndex} of ${stepCount}, ${metric.name} ${metric.value.toPrecision(4)}`;
}
