import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { Queue, WorkflowType } from '../../contracts/names.js';
import { Stage } from '../../recipe/stage.js';
import type { PipelineResult } from '../../contracts/stages.js';
import type { TrainingProgress } from '../../contracts/training.js';

/** What Temporal knew of a run at one moment; times in milliseconds since 1970. */
export interface Sight {
  at: number;
  stage: Stage;
  /** The pending activity; absent between two. */
  activity?: {
    id: string;
    type: string;
    attempt: number;
    /** Process id of the worker that has it, or had it last. */
    worker: number;
    startedAt: number;
    heartbeatAt: number;
    /** Failure of the attempt before. */
    lastFailure?: string;
    /** What the attempt of now has said of its training. */
    training?: Partial<TrainingProgress>;
  };
}

export type RunEnd = { result: PipelineResult } | { failure: string };

/** A run that is looked at again and again, whatever happens to the server. */
export interface RunWatch {
  readonly workflowId: string;
  readonly sights: readonly Sight[];
  readonly end: RunEnd | undefined;
  /** Waits for the next look that `condition` holds for, or for the end of the run. */
  until(condition: (sight: Sight) => boolean, timeoutMs?: number): Promise<Sight | undefined>;
  untilEnd(): Promise<RunEnd>;
  close(): Promise<void>;
}

const lookMs = 200;
const callMs = 3000;
const stages = Object.values(Stage).filter((stage) => stage !== Stage.pretrain);

/** Starts the pipeline of a recipe and watches it until it ends or `limitMs` have passed. */
export async function watchRun(
  address: string,
  run: { workflowId: string; recipe: unknown; limitMs: number },
): Promise<RunWatch> {
  const connection = await Connection.connect({
    address,
    // Without it the client of this suite would wait ever longer for a server that was away.
    channelArgs: {
      'grpc.max_reconnect_backoff_ms': 1000,
      'grpc.initial_reconnect_backoff_ms': 200,
    },
  });
  const client = new Client({ connection });
  const { workflowId, recipe } = run;
  await client.workflow.start(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId,
    args: [recipe],
  });
  const sights: Sight[] = [];
  const deadline = performance.now() + run.limitMs;
  let end: RunEnd | undefined;
  let closed = false;

  const look = async (stage: Stage): Promise<'running' | 'over' | 'absent'> => {
    const id = stage === Stage.publish ? workflowId : `${workflowId}/${stage}`;
    try {
      const description = await client.workflow.getHandle(id).describe();
      if (description.status.name !== 'RUNNING') return 'over';
      sights.push({ at: Date.now(), stage, ...activityOf(description.raw.pendingActivities?.[0]) });
      return 'running';
    } catch (error) {
      if ((error as Error).name === 'WorkflowNotFoundError') return 'absent';
      throw error;
    }
  };
  const isOver = async (): Promise<boolean> => {
    const handle = client.workflow.getHandle(workflowId);
    const { status } = await handle.describe();
    if (status.name === 'RUNNING') return false;
    end =
      status.name === 'COMPLETED'
        ? { result: (await handle.result()) as PipelineResult }
        : { failure: await failureOf(() => handle.result()) };
    return true;
  };
  const follow = async (): Promise<void> => {
    let place = 0;
    while (!closed) {
      try {
        const found = await client.withDeadline(Date.now() + callMs, async () =>
          (await isOver()) ? 'over' : look(stages[place] ?? Stage.publish),
        );
        if (found === 'over') place = Math.min(place + 1, stages.length - 1);
      } catch {
        // The server is away: the next look finds it.
      }
      if (end !== undefined) return;
      if (performance.now() > deadline) {
        end = { failure: `it had not ended after ${Math.round(run.limitMs / 60_000)} minutes` };
        return;
      }
      await sleep(lookMs);
    }
  };
  const following = follow();
  return {
    workflowId,
    sights,
    get end() {
      return end;
    },
    until: async (condition, timeoutMs = Infinity) => {
      const latest = performance.now() + timeoutMs;
      let next = sights.length;
      while (performance.now() < latest) {
        const found = sights.slice(next).find(condition);
        if (found !== undefined || end !== undefined) return found;
        next = sights.length;
        await sleep(lookMs / 2);
      }
      return undefined;
    },
    untilEnd: async () => {
      await following;
      return end ?? { failure: 'nobody watched it to its end' };
    },
    close: async () => {
      closed = true;
      await following;
      await connection.close();
    },
  };
}

type Pending = NonNullable<
  Awaited<
    ReturnType<ReturnType<Client['workflow']['getHandle']>['describe']>
  >['raw']['pendingActivities']
>[number];

function activityOf(pending: Pending | undefined): Pick<Sight, 'activity'> {
  if (!pending) return {};
  const startedAt = millisecondsOf(pending.lastStartedTime);
  const heartbeatAt = millisecondsOf(pending.lastHeartbeatTime);
  const payload = pending.heartbeatDetails?.payloads?.[0];
  // Until its first heartbeat an attempt still shows what the one before had said.
  const isOwn = heartbeatAt > startedAt && startedAt > 0;
  const training =
    payload && isOwn
      ? defaultPayloadConverter.fromPayload<Partial<TrainingProgress> | undefined>(payload)
      : undefined;
  return {
    activity: {
      id: pending.activityId ?? '',
      type: pending.activityType?.name ?? '',
      attempt: pending.attempt ?? 1,
      worker: Number(/:(\d+)@/.exec(pending.lastWorkerIdentity ?? '')?.[1]),
      startedAt,
      heartbeatAt,
      ...(pending.lastFailure?.message && { lastFailure: pending.lastFailure.message }),
      ...(training && { training }),
    },
  };
}

function millisecondsOf(time: Pending['lastStartedTime']): number {
  return time ? Number(time.seconds ?? 0) * 1000 + (time.nanos ?? 0) / 1e6 : 0;
}

async function failureOf(work: () => Promise<unknown>): Promise<string> {
  try {
    await work();
    return 'it ended without a result';
  } catch (error) {
    if ((error as Error).name !== 'WorkflowFailedError') throw error;
    const cause = (error as Error).cause;
    return cause instanceof Error ? cause.message : String(error);
  }
}
