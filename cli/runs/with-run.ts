import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { Queue, WorkflowType } from '../../contracts/names.js';
import { digestOf } from '../../files/digest.js';
import type { ServiceStatus } from '../../infra/services/service-state.js';
import { servicesDown, servicesStatus, servicesUp } from '../../infra/services/services.js';
import type { Recipe } from '../../recipe/recipe.js';
import { formatSeconds } from '../../text/quantities.js';
import { ExitCode } from '../failures.js';
import { withRuns, type Places } from '../resources.js';
import { withInterrupt } from '../terminal/interrupt.js';
import type { Terminal } from '../terminal/terminal.js';
import { concludeRun } from './conclude-run.js';
import { followRun } from './follow-run.js';
import { readRun } from './read-run.js';
import { isOver, type RunSnapshot } from './run-snapshot.js';

/** A segment writes its checkpoint in this time; after it the run is ended without. */
const cancelTimeoutMs = 20_000;

export interface WithRunOptions {
  terminal: Terminal;
  /** Leaves the services up. */
  keep: boolean;
  /** Called once the services are up. */
  onServices?: (services: ServiceStatus[]) => void;
}

/**
 * Runs a recipe to its end with every service up, prints what it came to, and gives the completed run to `use`.
 *
 * Ctrl-C cancels the run and stops the services that were started here; the exit code is then `ExitCode.detached`.
 * @throws RunFailedError if the run does not complete.
 */
export async function withRun(
  recipe: Recipe,
  options: WithRunOptions,
  use: (snapshot: RunSnapshot, places: Places) => Promise<void> | void,
): Promise<ExitCode> {
  const { terminal } = options;
  const patient = (again: boolean): void => {
    terminal.note(again ? 'Still stopping what was started.' : '\nStopping what was started.');
  };
  return withInterrupt(
    (signal) =>
      withServices(options, async (services) => {
        if (signal.aborted) return ExitCode.detached;
        options.onServices?.(services);
        return withRuns(async ({ client, places }) => {
          const snapshot = await superviseRun(client, recipe, { terminal, signal });
          if (snapshot === undefined) return ExitCode.detached;
          await concludeRun(client, snapshot, { terminal, json: false, ...places });
          await use(snapshot, places);
          return ExitCode.ok;
        });
      }),
    { patient },
  );
}

/**
 * Returns what `work` returns, with every service up while it runs; what was started here is stopped afterwards.
 *
 * Services that ran before are left running, and with `keep` all are. A failure to start stops what had come up.
 */
async function withServices<T>(
  { keep, terminal }: WithRunOptions,
  work: (services: ServiceStatus[]) => Promise<T>,
): Promise<T> {
  const onProgress = (line: string): void => {
    terminal.note(line);
  };
  const started = (await servicesStatus())
    .filter(({ state }) => state === 'stopped' || state === 'crashed')
    .map(({ name }) => name);
  const since = performance.now();
  try {
    const services = await servicesUp({ onProgress });
    terminal.note(`Services are up, ${formatSeconds((performance.now() - since) / 1000)}.`);
    return await work(services);
  } finally {
    if (!keep && started.length > 0) await servicesDown({ only: started, onProgress });
  }
}

/**
 * Runs a recipe to its end and returns the last snapshot; `undefined` when `signal` ended it.
 *
 * The run's id is made of the recipe's, so that one left over from a command that was killed is taken up, not
 * started a second time beside it. A run that is interrupted is cancelled, since no command is left to stop it later.
 */
async function superviseRun(
  client: Client,
  recipe: Recipe,
  options: { terminal: Terminal; signal: AbortSignal },
): Promise<RunSnapshot | undefined> {
  const { terminal, signal } = options;
  const workflowId = `${recipe.name}-${digestOf(recipe).slice(0, 8)}`;
  await client.workflow.start(WorkflowType.pipeline, {
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
    if (signal.aborted) await endRun(client, workflowId, terminal);
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
