import type { StageStatus } from '../../contracts/stages.js';
import { formatSeconds } from '../../text/quantities.js';
import type { RunSnapshot } from './run-snapshot.js';
import { describeStage } from './stage-line.js';

/** Seconds between two lines of one stage whose state has not changed. */
const quietSeconds = 10;

/** What has been said already; start with `startLines()`. */
export interface SaidLines {
  run: string;
  stages: Record<string, { state: string; stepIndex: number; saidAtSeconds: number }>;
}

/** Returns the state before the first line. */
export function startLines(): SaidLines {
  return { run: '', stages: {} };
}

/**
 * Returns the lines that tell what changed since `said`, and what has been said after them.
 *
 * A change of state is told at once; a step within a state at most every ten seconds of the run.
 */
export function renderChanges(
  said: SaidLines,
  snapshot: RunSnapshot,
  now: Date,
): { lines: string[]; said: SaidLines } {
  const lines: string[] = [];
  const time = `[${formatSeconds(snapshot.elapsedSeconds)}]`;
  const run = `${snapshot.progress?.state ?? snapshot.execution}${snapshot.note === undefined ? '' : `: ${snapshot.note}`}`;
  const next: SaidLines = { run, stages: { ...said.stages } };
  for (const stage of changedStages(said, snapshot)) {
    lines.push(`${time} ${stage.stage}: ${describeStage(stage, now)}`);
    next.stages[stage.stage] = {
      state: stage.state,
      stepIndex: stage.training?.stepIndex ?? 0,
      saidAtSeconds: snapshot.elapsedSeconds,
    };
  }
  if (run !== said.run) lines.push(`${time} ${snapshot.workflowId}: ${run}`);
  return { lines, said: next };
}

/** Returns the stages whose state changed, or whose step moved and was not told of for ten seconds. */
export function changedStages(said: SaidLines, snapshot: RunSnapshot): StageStatus[] {
  return (snapshot.progress?.stages ?? []).filter((stage) => {
    const before = said.stages[stage.stage];
    if (before === undefined) return stage.state !== 'waiting';
    if (before.state !== stage.state) return true;
    const moved = (stage.training?.stepIndex ?? 0) !== before.stepIndex;
    return moved && snapshot.elapsedSeconds - before.saidAtSeconds >= quietSeconds;
  });
}
