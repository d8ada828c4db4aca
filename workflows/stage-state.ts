/** What a stage's workflow knows about itself, as a pure function of what happened. */
import type { StageRecord, StageStatus } from '../contracts/stages.js';
import type { AnsweredDivergence, SegmentResult } from '../contracts/training.js';
import { describeDivergence } from './answer-divergence.js';
import type { Stage } from '../recipe/stage.js';

export interface StageState {
  status: StageStatus;
  /** An activity is under way, so a pause has not taken hold yet. */
  working: boolean;
  paused: boolean;
  stopped: boolean;
  /** What an operator gave with the newest `resume`: the factor of the learning rate after a divergence. */
  rateFactor?: number | undefined;
}

export type StageEvent =
  | { type: 'work started' }
  | { type: 'work ended' }
  | { type: 'segment ended'; result: SegmentResult }
  | { type: 'paused' }
  | { type: 'resumed'; rateFactor?: number }
  /** A divergence that waits for an operator comes once more when it is answered. */
  | { type: 'diverged'; divergence: AnsweredDivergence }
  | { type: 'stopped' }
  | { type: 'reused'; record: StageRecord }
  | { type: 'committed'; record: StageRecord };

/** A stage that has just started, or takes up what its former run carried over. */
export function startedStage(
  stage: Stage,
  start: { workflowId: string; startedAt: string },
  carried?: { status: StageStatus; paused: boolean },
): StageState {
  return {
    status: carried?.status ?? { stage, state: 'running', ...start },
    working: false,
    paused: carried?.paused ?? false,
    stopped: false,
  };
}

/** The state after an event; `status.state` follows from what is asked and what is under way. */
export function advanceStage(state: StageState, event: StageEvent): StageState {
  return described(applied(state, event));
}

function applied(state: StageState, event: StageEvent): StageState {
  switch (event.type) {
    case 'work started':
      return { ...state, working: true };
    case 'work ended':
      return { ...state, working: false };
    case 'segment ended':
      return { ...state, status: withSegment(state.status, event.result) };
    case 'paused':
      return { ...state, paused: true };
    case 'resumed':
      return { ...state, paused: false, rateFactor: event.rateFactor };
    case 'diverged': {
      const paused = state.paused || event.divergence.answer === 'waits';
      // What was given with an earlier `resume` does not answer this divergence.
      return {
        ...state,
        paused,
        rateFactor: undefined,
        status: withDivergence(state.status, event.divergence),
      };
    }
    case 'stopped':
      return { ...state, stopped: true };
    case 'reused':
      return { ...state, status: { ...withRecord(state.status, event.record), state: 'reused' } };
    case 'committed':
      return { ...state, status: { ...withRecord(state.status, event.record), state: 'done' } };
  }
}

function described(state: StageState): StageState {
  const { status } = state;
  if (status.state === 'done' || status.state === 'reused') return state;
  const current = state.paused && !state.working ? 'paused' : 'running';
  return current === status.state ? state : { ...state, status: { ...status, state: current } };
}

function withSegment(status: StageStatus, result: SegmentResult): StageStatus {
  return {
    ...status,
    segments: (status.segments ?? 0) + 1,
    attempts: (status.attempts ?? 0) + result.attempts,
    training: { ...result.progress, checkpoint: result.checkpoint },
  };
}

function withDivergence(status: StageStatus, divergence: AnsweredDivergence): StageStatus {
  const answered = (status.trips ?? []).filter(({ answer }) => answer !== 'waits');
  return { ...status, trips: [...answered, divergence], message: describeDivergence(divergence) };
}

function withRecord(status: StageStatus, record: StageRecord): StageStatus {
  return { ...status, outputs: record.outputs, summary: record.summary };
}
