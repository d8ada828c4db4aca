import type { StageStatus } from '../../contracts/stages.js';
import { formatSeconds } from '../../text/quantities.js';
import { clipText, type Painter } from '../terminal.js';
import type { RunSnapshot } from './run-snapshot.js';
import { oneLine } from '../../text/lines.js';
import { describeStage } from './stage-line.js';

const marks: Record<StageStatus['state'], string> = {
  waiting: '·',
  running: '▶',
  paused: '‖',
  done: '✔',
  reused: '↺',
  skipped: '-',
  failed: '✘',
};

/**
 * Returns the lines of the live view: one for the run, one for each stage.
 *
 * No line is wider than `width`, so that a redraw can count lines.
 */
export function renderProgressScreen(
  snapshot: RunSnapshot,
  now: Date,
  screen: { width: number; paint: Painter },
): string[] {
  const { paint, width } = screen;
  const state = snapshot.progress?.state ?? snapshot.execution;
  const head = `${paint.bold(snapshot.workflowId)}  ${state}  ${formatSeconds(snapshot.elapsedSeconds)}`;
  const stages = snapshot.progress?.stages ?? [];
  const nameWidth = Math.max(0, ...stages.map((stage) => stage.stage.length));
  const lines = stages.map((stage) => {
    const mark = paintMark(stage, paint);
    const text = `${stage.stage.padEnd(nameWidth)}  ${renderBar(stage)}${describeStage(stage, now)}`;
    return `  ${mark} ${stage.state === 'waiting' ? paint.faint(text) : text}`;
  });
  const notes = snapshot.note === undefined ? [] : [`  ${paint.yellow(oneLine(snapshot.note))}`];
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

function paintMark(stage: StageStatus, paint: Painter): string {
  const mark = marks[stage.state];
  switch (stage.state) {
    case 'done':
    case 'reused':
      return paint.green(mark);
    case 'failed':
      return paint.red(mark);
    case 'running':
    case 'paused':
      return paint.yellow(mark);
    case 'waiting':
    case 'skipped':
      return paint.faint(mark);
  }
}
