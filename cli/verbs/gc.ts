import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { WorkflowType } from '../../contracts/names.js';
import { collectGarbage } from '../../storage/garbage/collect-garbage.js';
import { digestsIn } from '../../storage/garbage/references.js';
import { unitKinds, type UnitKind } from '../../storage/garbage/units.js';
import type { GarbagePolicy, RunReferences, Verdict } from '../../storage/garbage/verdict.js';
import { formatBytes, formatCount } from '../../text/quantities.js';
import { ExitCode } from '../failures.js';
import { withRuns } from '../resources.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

/**
 * Removes from the bucket what no run, stage record or published version refers to, and prints what went and why.
 *
 * @throws UnavailableError if no Temporal server answers, since only it knows what is in use.
 * @throws GarbageRunningError if another one runs.
 */
export async function gc(options: {
  policy: GarbagePolicy;
  dryRun: boolean;
  json: boolean;
  terminal: Terminal;
}): Promise<ExitCode> {
  const { policy, dryRun, json, terminal } = options;
  return withRuns(async ({ client, places }) => {
    const findRuns = () => findRunReferences(client);
    const verdicts = await collectGarbage(places.store, { policy, findRuns, dryRun });
    const report = summariseGarbage(verdicts, dryRun);
    if (json) terminal.print(JSON.stringify(report));
    else for (const line of renderGarbage(report)) terminal.print(line);
    return ExitCode.ok;
  });
}

/**
 * Returns every digest in the histories of running workflows, and in the results of finished runs.
 *
 * A history holds every input and output of a workflow, so it covers whatever the workflow still needs. Runs that the
 * server no longer keeps refer to nothing.
 */
async function findRunReferences(client: Client): Promise<RunReferences> {
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

/** Returns `undefined` for a run that is deleted between the listing and the request. */
async function unlessForgotten<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return undefined;
    throw error;
  }
}

/** The units of one kind that are all removed or all kept, for one reason. */
export interface GarbageGroup {
  kind: UnitKind;
  removed: boolean;
  why: string;
  /** Objects of the bucket; of uploads in parts the number of uploads, whose sizes are not listed. */
  objects: number;
  byteLength: number;
}

/** What was removed and kept, or would be. */
export interface GarbageReport {
  dryRun: boolean;
  removed: { objects: number; byteLength: number };
  kept: { objects: number; byteLength: number };
  groups: GarbageGroup[];
  /** Keys that Burnish did not write; they are kept. */
  unknown: string[];
}

/** Keys shown, at most, of those that Burnish did not write. */
const shownKeys = 10;

/** Returns the verdicts summed up by kind and reason. */
function summariseGarbage(verdicts: readonly Verdict[], dryRun: boolean): GarbageReport {
  const groups = new Map<string, GarbageGroup>();
  for (const { unit, isRemoved, why } of verdicts) {
    const name = `${unit.kind} ${String(isRemoved)} ${why}`;
    const empty = { kind: unit.kind, removed: isRemoved, why, objects: 0, byteLength: 0 };
    const group = groups.get(name) ?? empty;
    group.objects += unit.upload ? 1 : unit.objects.length;
    group.byteLength += unit.byteLength;
    groups.set(name, group);
  }
  const order = (group: GarbageGroup): number => unitKinds.indexOf(group.kind);
  const sorted = [...groups.values()].sort(
    (a, b) =>
      order(a) - order(b) || Number(a.removed) - Number(b.removed) || (a.why < b.why ? -1 : 1),
  );
  const sumOf = (wasRemoved: boolean) => {
    const chosen = sorted.filter(({ removed }) => removed === wasRemoved);
    return {
      objects: chosen.reduce((sum, { objects }) => sum + objects, 0),
      byteLength: chosen.reduce((sum, { byteLength }) => sum + byteLength, 0),
    };
  };
  const unknown = verdicts.flatMap(({ unit }) => (unit.kind === 'unknown' ? [unit.place] : []));
  return { dryRun, removed: sumOf(true), kept: sumOf(false), groups: sorted, unknown };
}

/** Returns the report as lines for people. */
function renderGarbage(report: GarbageReport): string[] {
  const { dryRun, groups, unknown, removed, kept } = report;
  const columns = [
    { title: 'kind' },
    { title: 'objects', align: 'right' as const },
    { title: 'size', align: 'right' as const },
    { title: 'fate' },
    { title: 'why' },
  ];
  const gone = dryRun ? 'would go' : 'removed';
  const rows = groups.map((group) => [
    group.kind,
    formatCount(group.objects),
    formatBytes(group.byteLength),
    group.removed ? gone : 'kept',
    group.why,
  ]);
  const shown = unknown.slice(0, shownKeys).map((key) => `  ${key}`);
  const more = unknown.length - shown.length;
  return [
    ...(rows.length > 0 ? renderTable(columns, rows) : ['The bucket is empty.']),
    ...(unknown.length > 0 ? ['', 'Not written by Burnish, and left:', ...shown] : []),
    ...(more > 0 ? [`  and ${formatCount(more)} more`] : []),
    '',
    `${gone}: ${formatCount(removed.objects)} objects, ${formatBytes(removed.byteLength)}; kept: ${formatCount(kept.objects)} objects, ${formatBytes(kept.byteLength)}`,
  ];
}
