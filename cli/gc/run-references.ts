import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { WorkflowType } from '../../contracts/names.js';
import { digestsIn } from '../../storage/garbage/references.js';
import type { RunReferences } from '../../storage/garbage/verdict.js';

/**
 * Returns every digest in the histories of running workflows, and in the results of finished runs.
 *
 * A history holds all that a workflow was told and has said, so nothing it still needs is left out. Runs that the server
 * has forgotten refer to nothing.
 */
export async function findRunReferences(client: Client): Promise<RunReferences> {
  const live = new Set<string>();
  let liveCount = 0;
  const types = Object.values(WorkflowType).map((type) => `'${type}'`);
  const running = `WorkflowType IN (${types.join(', ')}) AND CloseTime IS NULL`;
  for await (const { workflowId, runId } of client.workflow.list({ query: running })) {
    liveCount += 1;
    const handle = client.workflow.getHandle(workflowId, runId);
    const history = await unlessForgotten(handle.fetchHistory());
    for (const digest of digestsOf(history)) live.add(digest);
  }
  const finished: RunReferences['finished'] = [];
  const completed = `WorkflowType='${WorkflowType.pipeline}' AND ExecutionStatus='Completed'`;
  for await (const { workflowId, runId, closeTime } of client.workflow.list({ query: completed })) {
    const handle = client.workflow.getHandle(workflowId, runId);
    const result: unknown = await unlessForgotten(handle.result());
    const digests = digestsIn(JSON.stringify(result ?? null));
    finished.push({ digests, closedAt: closeTime?.getTime() ?? Date.now() });
  }
  return { live, liveCount, finished };
}

/** Every digest in the payloads of a history, whatever message they are in. */
function digestsOf(value: unknown): Set<string> {
  if (value instanceof Uint8Array) return digestsIn(value);
  const found = new Set<string>();
  if (typeof value !== 'object' || value === null) return found;
  for (const part of Object.values(value)) for (const digest of digestsOf(part)) found.add(digest);
  return found;
}

/** A run may end and be deleted between the listing and the question. */
async function unlessForgotten<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}
