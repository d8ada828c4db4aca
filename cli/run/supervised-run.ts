import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { Recipe } from '../../recipe/recipe.js';
import { Queue, WorkflowType } from '../../contracts/names.js';
import type { Terminal } from '../terminal.js';
import { followRun } from './follow-run.js';
import { readRun } from './read-run.js';
import { isOver, type RunSnapshot } from './run-snapshot.js';

/** A segment writes its checkpoint in this time; after it the run is ended without. */
const cancelTimeoutMs = 20_000;

/**
 * Runs a recipe to its end and returns the last snapshot; `undefined` when `signal` ended it.
 *
 * The run's id is made of the recipe's, so that one left over from a command that was killed is taken up, not
 * started a second time beside it. A run that is interrupted is cancelled: nobody would stop it later.
 */
export async function superviseRun(
  client: Client,
  recipe: Recipe,
  options: { workflowId: string; terminal: Terminal; signal: AbortSignal },
): Promise<RunSnapshot | undefined> {
  const { workflowId, terminal, signal } = options;
  const handle = await client.workflow.start(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId,
    args: [recipe],
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    staticSummary: `Recipe ${recipe.name}`,
  });
  try {
    return await followRun(() => readRun(client, workflowId), {
      terminal,
      json: false,
      signal,
      intervalMs: 500,
    });
  } finally {
    if (signal.aborted) await endRun(client, handle.workflowId, terminal);
  }
}

async function endRun(client: Client, workflowId: string, terminal: Terminal): Promise<void> {
  const handle = client.workflow.getHandle(workflowId);
  terminal.note(`Ending ${workflowId}; stages that had ended are kept.`);
  await handle.cancel();
  const deadline = performance.now() + cancelTimeoutMs;
  while (performance.now() < deadline) {
    if ((await handle.describe()).status.name !== 'RUNNING') return;
    await sleep(250);
  }
  if (!isOver(await readRun(client, workflowId))) {
    await handle.terminate('interrupted, and did not end in time');
  }
}
