import type { Client } from '@temporalio/client';
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { SearchAttribute, WorkflowType } from '../../contracts/names.js';
import type { ServiceStatus } from '../../infra/services/service-state.js';
import { servicesStatus } from '../../infra/services/services.js';
import { ExitCode } from '../failures.js';
import { formatSeconds } from '../../text/quantities.js';
import { withRuns } from '../resources.js';
import { readRun } from '../runs/read-run.js';
import { renderStageTable } from '../runs/stage-lines.js';
import { renderServices } from './services.js';
import { renderTable } from '../terminal/table.js';
import type { Terminal } from '../terminal/terminal.js';

export interface StatusOptions {
  json: boolean;
  terminal: Terminal;
}

/** Prints the services, the workers and the runs that go on; with a run, its stages. */
export async function status(run: string | undefined, options: StatusOptions): Promise<ExitCode> {
  return run === undefined ? statusOfAll(options) : statusOfRun(run, options);
}

interface RunningPipeline {
  workflowId: string;
  recipe: string | null;
  stage: string | null;
  startedAt: string;
}

async function statusOfAll({ json, terminal }: StatusOptions): Promise<ExitCode> {
  const services = await servicesStatus();
  const isTemporalUp = services.some(
    ({ name, state }) => name === 'temporal' && (state === 'running' || state === 'external'),
  );
  const runs = isTemporalUp ? await withRuns(({ client }) => listRuns(client)) : [];
  if (json) terminal.print(JSON.stringify(statusJson(services, runs)));
  else printAll(terminal, services, runs);
  return ExitCode.ok;
}

/** Services and workers apart, with process ids and ports, for scripts. */
function statusJson(services: ServiceStatus[], runs: RunningPipeline[]): unknown {
  const described = services.map((service) => ({ ...service, port: portOf(service.address) }));
  const isWorker = ({ name, pools }: ServiceStatus): boolean =>
    pools !== undefined || name === 'worker' || name === 'trainer';
  return {
    services: described.filter((service) => !isWorker(service)),
    workers: described.filter(isWorker),
    runs,
  };
}

/** Returns the port of `host:port` or of a URL; null where there is none. */
function portOf(address: string | undefined): number | null {
  const port = /:(\d+)\/?$/.exec(address ?? '')?.[1];
  return port === undefined ? null : Number(port);
}

function printAll(terminal: Terminal, services: ServiceStatus[], runs: RunningPipeline[]): void {
  for (const line of renderServices(services)) terminal.print(line);
  terminal.print('');
  if (runs.length === 0) {
    terminal.print('No run is going on.');
    return;
  }
  const rows = runs.map(({ workflowId, stage, startedAt }) => [
    workflowId,
    stage ?? 'starting',
    formatSeconds((Date.now() - Date.parse(startedAt)) / 1000),
  ]);
  const columns = [{ title: 'run' }, { title: 'stage' }, { title: 'since' }];
  for (const line of renderTable(columns, rows)) terminal.print(line);
}

async function listRuns(client: Client): Promise<RunningPipeline[]> {
  const runs: RunningPipeline[] = [];
  const query = `WorkflowType='${WorkflowType.pipeline}' AND ExecutionStatus='Running'`;
  for await (const execution of client.workflow.list({ query })) {
    const { workflowId, startTime, typedSearchAttributes } = execution;
    const attribute = (name: string): string | null =>
      typedSearchAttributes.get(defineSearchAttributeKey(name, SearchAttributeType.KEYWORD)) ??
      null;
    runs.push({
      workflowId,
      recipe: attribute(SearchAttribute.recipe),
      stage: attribute(SearchAttribute.stage),
      startedAt: startTime.toISOString(),
    });
  }
  return runs;
}

async function statusOfRun(run: string, { json, terminal }: StatusOptions): Promise<ExitCode> {
  return withRuns(async ({ client }) => {
    const snapshot = await readRun(client, run);
    if (json) {
      terminal.print(JSON.stringify(snapshot));
      return ExitCode.ok;
    }
    const state = snapshot.progress?.state ?? snapshot.execution;
    terminal.print(`${run}  ${state}  ${formatSeconds(snapshot.elapsedSeconds)}`);
    if (snapshot.note !== undefined) terminal.print(snapshot.note);
    for (const line of renderStageTable(snapshot.progress?.stages ?? [], new Date())) {
      terminal.print(line);
    }
    return ExitCode.ok;
  });
}
