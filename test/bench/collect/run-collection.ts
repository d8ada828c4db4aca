import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { DataCard } from '../../../contracts/data-card.js';
import { Queue, WorkflowType } from '../../../contracts/names.js';
import type { PipelineResult } from '../../../contracts/stages.js';
import { readArtifact } from '../../../storage/artifacts.js';
import type { Installation } from '../../chaos/installation.js';

/** What the simulator has answered, by route; `repeated`: requests that it had answered before. */
export interface CallCounts {
  answered: Record<string, number>;
  repeated: Record<string, number>;
}

export interface CollectionRun {
  seconds: number;
  /** From the first shard that was asked for to the end of the last one. */
  askingSeconds: number;
  digest: string;
  card: DataCard;
  /** Most events of one execution. */
  events: number;
  /** Peak resident memory of the process that collects, and of the simulator, MiB. */
  peakMiB: { worker: number; simulator: number };
}

/** Runs the stage `collect` of a recipe in an installation and tells what came of it. */
export async function runCollection(
  installation: Installation,
  workflowId: string,
  recipe: object,
): Promise<CollectionRun> {
  const connection = await Connection.connect({ address: installation.temporalAddress });
  try {
    const client = new Client({ connection });
    const since = performance.now();
    const result = (await client.workflow.execute(WorkflowType.pipeline, {
      taskQueue: Queue.burnish,
      workflowId,
      args: [{ ...recipe, stopAfter: 'collect' }],
    })) as PipelineResult;
    const seconds = (performance.now() - since) / 1000;
    const dataset = result.stages[0]?.outputs?.['dataset'];
    if (dataset === undefined) throw new Error('The collection ended without a dataset.');
    const cache = join(installation.folder, 'read');
    const folder = await readArtifact(installation.store, dataset, cache);
    const card = JSON.parse(await readFile(join(folder, 'card.json'), 'utf8')) as DataCard;
    let events = 0;
    const query = `WorkflowId STARTS_WITH '${workflowId}'`;
    for await (const { historyLength } of client.workflow.list({ query })) {
      events = Math.max(events, historyLength);
    }
    const { worker, simulator } = installation;
    const peakMiB = { worker: peakOf(worker.pid), simulator: peakOf(simulator.pid) };
    const askingSeconds = await readAskingSeconds(client, workflowId);
    return { seconds, askingSeconds, digest: dataset.digest, card, events, peakMiB };
  } finally {
    await connection.close();
  }
}

async function readAskingSeconds(client: Client, workflowId: string): Promise<number> {
  const { events } = await client.workflow.getHandle(`${workflowId}/collect`).fetchHistory();
  const times: number[] = [];
  const shards = new Set<string>();
  for (const event of events ?? []) {
    const at = Number(event.eventTime?.seconds ?? 0) + (event.eventTime?.nanos ?? 0) / 1e9;
    const scheduled = event.activityTaskScheduledEventAttributes;
    if (scheduled?.activityId?.startsWith('shard-')) {
      shards.add(String(event.eventId));
      times.push(at);
    }
    const completed = event.activityTaskCompletedEventAttributes;
    if (shards.has(String(completed?.scheduledEventId))) times.push(at);
  }
  return Math.max(...times) - Math.min(...times);
}

/** Calls that the simulator has answered since it started. */
export async function readCounts({ simulatorUrl }: Installation): Promise<CallCounts> {
  const response = await fetch(`${simulatorUrl}/counts`);
  return (await response.json()) as CallCounts;
}

/** All calls of a table of counts. */
export function totalOf(counts: Record<string, number>): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function peakOf(pid: number | undefined): number {
  const status = pid === undefined ? '' : readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024;
}

/** Processor seconds that a process has used. */
export function processorSeconds(pid: number | undefined): number {
  const text = pid === undefined ? '' : readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) / 100;
}
