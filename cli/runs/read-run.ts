import type { Client, WorkflowExecutionStatusName, WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { Message } from '../../contracts/names.js';
import type { PipelineProgress, PipelineResult, StageStatus } from '../../contracts/stages.js';
import type { TrainingProgress } from '../../contracts/training.js';
import { firstLine } from '../../text/lines.js';
import type { RunSnapshot } from './run-snapshot.js';

/** A query waits this long for a worker before the snapshot goes without it. */
const queryTimeoutMs = 3000;

/**
 * Returns what Temporal knows of a run now.
 *
 * The steps of a running segment are read from the heartbeat of the pending activity, since the workflow receives them
 * only between segments.
 *
 * @throws WorkflowNotFoundError if there is no such run.
 */
export async function readRun(client: Client, workflowId: string): Promise<RunSnapshot> {
  const handle = client.workflow.getHandle(workflowId);
  const description = await handle.describe();
  const execution = executions[description.status.name] ?? 'running';
  const end = description.closeTime ?? new Date();
  const snapshot: RunSnapshot = {
    workflowId,
    runId: description.runId,
    elapsedSeconds: Math.max(0, (end.getTime() - description.startTime.getTime()) / 1000),
    execution,
  };
  const found = await readProgress(client, handle, execution);
  if ('note' in found) return { ...snapshot, note: found.note };
  if (execution !== 'running') return { ...snapshot, progress: found };
  return { ...snapshot, progress: await withHeartbeats(client, found) };
}

/** Burnish's names of the states in which a run is over. */
const executions: Partial<Record<WorkflowExecutionStatusName, RunSnapshot['execution']>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed out',
};

async function readProgress(
  client: Client,
  handle: WorkflowHandle,
  execution: RunSnapshot['execution'],
): Promise<PipelineProgress | { note: string }> {
  try {
    return await client.withDeadline(Date.now() + queryTimeoutMs, () =>
      handle.query<PipelineProgress>(Message.progress),
    );
  } catch (error) {
    if (execution === 'completed') {
      return { ...((await handle.result()) as PipelineResult), state: 'completed' };
    }
    const reason = firstLine(error instanceof Error ? error.message : String(error));
    return {
      note:
        execution === 'running'
          ? `no worker answers yet (${reason}); is one running? See \`burnish status\``
          : `details need a worker, and none answers (${reason})`,
    };
  }
}

async function withHeartbeats(
  client: Client,
  progress: PipelineProgress,
): Promise<PipelineProgress> {
  const stages = progress.stages.map((stage) => withHeartbeat(client, stage));
  return { ...progress, stages: await Promise.all(stages) };
}

async function withHeartbeat(client: Client, stage: StageStatus): Promise<StageStatus> {
  if (stage.state !== 'running' || stage.workflowId === undefined) return stage;
  try {
    const { raw } = await client.workflow.getHandle(stage.workflowId).describe();
    for (const { heartbeatDetails, attempt } of raw.pendingActivities ?? []) {
      const payload = heartbeatDetails?.payloads?.[0];
      if (!payload) continue;
      const training: unknown = defaultPayloadConverter.fromPayload(payload);
      if (isTrainingProgress(training)) {
        return { ...stage, training, attempts: attempt ?? stage.attempts ?? 1 };
      }
    }
  } catch {
    // The child may end between the two calls; the stage's status from the workflow is still right.
  }
  return stage;
}

function isTrainingProgress(value: unknown): value is TrainingProgress {
  if (typeof value !== 'object' || value === null) return false;
  const candidate = value as Partial<TrainingProgress>;
  return (
    typeof candidate.stepIndex === 'number' &&
    typeof candidate.stepCount === 'number' &&
    typeof candidate.metric?.name === 'string'
  );
}
