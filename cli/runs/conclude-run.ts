import type { Client } from '@temporalio/client';
import type { StageStatus } from '../../contracts/stages.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { describeFailure, RunFailedError } from '../failures.js';
import type { Terminal } from '../terminal/terminal.js';
import { renderEvaluation, renderSamples } from './evaluation-table.js';
import { fetchReport, type FetchedReport } from './run-artifacts.js';
import type { RunSnapshot } from './run-snapshot.js';
import { renderStageTable } from './stage-lines.js';

export interface ConcludeOptions {
  terminal: Terminal;
  json: boolean;
  store: ObjectStore;
  reportsFolder: string;
  cacheFolder: string;
}

/**
 * Prints what a run that is over came to: its stages, the before/after table, and where the report is.
 *
 * @throws RunFailedError if the run did not complete, after its stages are printed; a run that was refused before its first
 *   stage throws the failure that says why.
 */
export async function concludeRun(
  client: Client,
  snapshot: RunSnapshot,
  options: ConcludeOptions,
): Promise<void> {
  const { terminal, json } = options;
  const stages = snapshot.progress?.stages ?? [];
  if (!json && stages.length > 0) printStages(terminal, stages);
  if (snapshot.execution !== 'completed') await throwFailure(client, snapshot);

  const ref = snapshot.progress?.report;
  const fetched =
    ref && (await fetchReport(options.store, ref, { ...options, workflowId: snapshot.workflowId }));
  if (json) terminal.print(JSON.stringify(resultEvent(snapshot, fetched)));
  else printResult(terminal, snapshot, fetched);
}

function printStages(terminal: Terminal, stages: StageStatus[]): void {
  terminal.print('');
  for (const line of renderStageTable(stages, new Date())) terminal.print(line);
}

function printResult(
  terminal: Terminal,
  snapshot: RunSnapshot,
  fetched: FetchedReport | undefined,
): void {
  terminal.print('');
  const { evaluation, samples, publish } = fetched?.report ?? {};
  if (evaluation) {
    for (const line of renderEvaluation(evaluation)) terminal.print(line);
    terminal.print('');
    for (const line of renderSamples(samples ?? [], 3, terminal.width)) terminal.print(line);
  }
  if (publish) terminal.print(publish.message);
  const version = snapshot.progress?.version;
  if (version !== undefined) {
    terminal.print(`Try it: burnish generate "a cat on a sofa" --model ${version}`);
  }
  if (fetched) terminal.print(`Report: ${fetched.page}`);
}

function resultEvent(snapshot: RunSnapshot, fetched: FetchedReport | undefined): unknown {
  return {
    event: 'result',
    workflowId: snapshot.workflowId,
    runId: snapshot.runId,
    elapsedSeconds: snapshot.elapsedSeconds,
    stages: snapshot.progress?.stages ?? [],
    version: snapshot.progress?.version ?? null,
    evaluation: fetched?.report.evaluation ?? null,
    report: fetched?.page ?? null,
  };
}

/** Throws why a run did not complete; before the first stage that is a fault of the recipe or of a place it names. */
async function throwFailure(client: Client, snapshot: RunSnapshot): Promise<never> {
  const { workflowId, runId, execution, progress } = snapshot;
  const kept = 'Stages that had ended are kept: the same recipe goes on from there.';
  if (execution !== 'failed')
    throw new RunFailedError(`The run ${workflowId} was ${execution}. ${kept}`);
  try {
    await client.workflow.getHandle(workflowId, runId).result();
  } catch (error) {
    const failed = progress?.stages.find(({ state }) => state === 'failed');
    if (failed === undefined) throw error;
    const { message } = describeFailure(error);
    throw new RunFailedError(
      `The run ${workflowId} failed in the stage ${failed.stage}: ${message}\n${kept}`,
      { cause: error },
    );
  }
  throw new RunFailedError(`The run ${workflowId} failed. See: burnish status ${workflowId}`);
}
