import type { PipelineProgress, StageStatus } from '../../contracts/stages.js';

/** What is known of a run at one moment; everything that is shown is computed from this. */
export interface RunSnapshot {
  workflowId: string;
  runId: string;
  /** Seconds since the run started (until it ended, when it did). */
  elapsedSeconds: number;
  /** As Temporal sees it. */
  execution: 'running' | 'completed' | 'failed' | 'cancelled' | 'terminated' | 'timed out';
  /** Absent while no worker answers. */
  progress?: PipelineProgress;
  /** Why the progress is missing, or why the run failed. */
  note?: string;
}

/** Returns true when the run will not change any more. */
export function isOver(snapshot: RunSnapshot): boolean {
  return snapshot.execution !== 'running';
}

/** Returns seconds of a stage at `now`: its own count, or the time since it started. */
export function stageSeconds(stage: StageStatus, now: Date): number | undefined {
  if (stage.seconds !== undefined) return stage.seconds;
  if (stage.startedAt === undefined) return undefined;
  const end = stage.finishedAt === undefined ? now.getTime() : Date.parse(stage.finishedAt);
  return Math.max(0, (end - Date.parse(stage.startedAt)) / 1000);
}
