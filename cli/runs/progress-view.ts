import type { StageStatus } from '../../contracts/stages.js';
import { oneLine } from '../../text/lines.js';
import { formatSeconds } from '../../text/quantities.js';
import { clipText, type Paint } from '../terminal/terminal.js';
import type { RunSnapshot } from './run-snapshot.js';
import { describeStage } from './stage-lines.js';

const marks: Record<StageStatus['state'], [mark: string, style: Parameters<Paint>[0]]> = {
  waiting: ['·', 'dim'],
  running: ['▶', 'yellow'],
  paused: ['‖', 'yellow'],
  done: ['✔', 'green'],
  reused: ['↺', 'green'],
  skipped: ['-', 'dim'],
  failed: ['✘', 'red'],
};

/**
 * Returns the lines of the live view: one for the run, one for each stage.
 *
 * No line is wider than `width`, so that a redraw can count lines.
 */
export function renderProgressScreen(
  snapshot: RunSnapshot,
  now: Date,
  screen: { width: number; paint: Paint },
): string[] {
  const { paint, width } = screen;
  const state = snapshot.progress?.state ?? snapshot.execution;
  const head = `${paint('bold', snapshot.workflowId)}  ${state}  ${formatSeconds(snapshot.elapsedSeconds)}`;
  const stages = snapshot.progress?.stages ?? [];
  const nameWidth = Math.max(0, ...stages.map((stage) => stage.stage.length));
  const lines = stages.map((stage) => {
    const [mark, style] = marks[stage.state];
    const text = `${stage.stage.padEnd(nameWidth)}  ${renderBar(stage)}${describeStage(stage, now)}`;
    return `  ${paint(style, mark)} ${stage.state === 'waiting' ? paint('dim', text) : text}`;
  });
  const notes = snapshot.note === undefined ? [] : [`  ${paint('yellow', oneLine(snapshot.note))}`];
  return [head, ...lines, ...notes].map((line) => clipText(line, width));
}

/** Returns a bar of 16 cells for a stage that trains, or an empty text. */
export function renderBar(stage: StageStatus): string {
  const training = stage.training;
  if (training === undefined || training.stepCount === 0) return '';
  if (stage.state !== 'running' && stage.state !== 'paused') return '';
  const share = Math.min(1, training.stepIndex / training.stepCount);
  const full = Math.floor(share * 16);
  return `${'━'.repeat(full)}${'╌'.repeat(16 - full)}  `;
}

/** Seconds between two lines of one stage whose state has not changed. */
const quietSeconds = 10;

/** What has been printed already; `startLines()` is the state before the first line. */
export interface ShownLines {
  run: string;
  stages: Record<string, { state: string; stepIndex: number; shownAtSeconds: number }>;
}

/** Returns the state before the first line. */
export function startLines(): ShownLines {
  return { run: '', stages: {} };
}

/**
 * Returns the lines for what changed since `shown`, and the state after they are printed.
 *
 * A change of state gives a line at once, a step within a state at most every ten seconds of the run.
 */
export function renderChanges(
  shown: ShownLines,
  snapshot: RunSnapshot,
  now: Date,
): { lines: string[]; shown: ShownLines } {
  const lines: string[] = [];
  const time = `[${formatSeconds(snapshot.elapsedSeconds)}]`;
  const run = `${snapshot.progress?.state ?? snapshot.execution}${snapshot.note === undefined ? '' : `: ${snapshot.note}`}`;
  const next: ShownLines = { run, stages: { ...shown.stages } };
  for (const stage of changedStages(shown, snapshot)) {
    lines.push(`${time} ${stage.stage}: ${describeStage(stage, now)}`);
    next.stages[stage.stage] = {
      state: stage.state,
      stepIndex: stage.training?.stepIndex ?? 0,
      shownAtSeconds: snapshot.elapsedSeconds,
    };
  }
  if (run !== shown.run) lines.push(`${time} ${snapshot.workflowId}: ${run}`);
  return { lines, shown: next };
}

/** Returns the stages whose state changed, or whose step moved and was last shown ten seconds ago or more. */
function changedStages(shown: ShownLines, snapshot: RunSnapshot): StageStatus[] {
  return (snapshot.progress?.stages ?? []).filter((stage) => {
    const before = shown.stages[stage.stage];
    if (before === undefined) return stage.state !== 'waiting';
    if (before.state !== stage.state) return true;
    const moved = (stage.training?.stepIndex ?? 0) !== before.stepIndex;
    return moved && snapshot.elapsedSeconds - before.shownAtSeconds >= quietSeconds;
  });
}
