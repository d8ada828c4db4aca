import type { Client } from '@temporalio/client';
import { Message, Queue, WorkflowType } from '../../contracts/names.js';
import { readRecipe } from '../../recipe/read-recipe.js';
import { ExitCode, UsageError } from '../failures.js';
import { withRuns } from '../resources.js';
import { concludeRun, type ConcludeOptions } from '../runs/conclude-run.js';
import { followRun } from '../runs/follow-run.js';
import { readRun } from '../runs/read-run.js';
import { withInterrupt } from '../terminal/interrupt.js';
import type { Terminal } from '../terminal/terminal.js';

export interface RunOptions {
  detach: boolean;
  json: boolean;
  id?: string;
  terminal: Terminal;
}

/**
 * Starts the pipeline of a recipe, shows it until it is over, and returns the exit code.
 *
 * @throws RecipeInvalidError listing every mistake, before anything is started.
 */
export async function run(recipePath: string, options: RunOptions): Promise<ExitCode> {
  const { terminal, json, detach } = options;
  const recipe = await readRecipe(recipePath);
  return withRuns(async ({ client, places }) => {
    const workflowId = options.id ?? createRunId(recipe.name, new Date());
    try {
      await client.workflow.start(WorkflowType.pipeline, {
        taskQueue: Queue.burnish,
        workflowId,
        args: [recipe],
        workflowIdConflictPolicy: 'FAIL',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `Recipe ${recipe.name}`,
      });
    } catch (error) {
      if ((error as Error).name !== 'WorkflowExecutionAlreadyStartedError') throw error;
      throw new UsageError(
        `A run named ${workflowId} exists already. Choose another --id, or see it: burnish watch ${workflowId}`,
        { cause: error },
      );
    }
    if (json) terminal.print(JSON.stringify({ event: 'started', workflowId }));
    else terminal.note(`Started ${workflowId}. Ctrl-C lets go of it; it goes on.`);
    if (detach) {
      if (!json) terminal.print(workflowId);
      return ExitCode.ok;
    }
    return watchToEnd(client, workflowId, { terminal, json, ...places });
  });
}

/** Returns a workflow id that people can read and sort: `demo-20260131-142205` (UTC). */
function createRunId(recipeName: string, now: Date): string {
  const digits = now.toISOString().replaceAll(/[-:]/g, '');
  return `${recipeName}-${digits.slice(0, 8)}-${digits.slice(9, 15)}`;
}

/** Shows a run until it is over, and returns the exit code. */
export async function watch(
  workflowId: string,
  options: { json: boolean; terminal: Terminal },
): Promise<ExitCode> {
  return withRuns(({ client, places }) =>
    watchToEnd(client, workflowId, { ...options, ...places }),
  );
}

/** Shows a run and what it came to; Ctrl-C lets go of the run, which goes on, and says how to come back. */
async function watchToEnd(
  client: Client,
  workflowId: string,
  options: ConcludeOptions,
): Promise<ExitCode> {
  const snapshot = await withInterrupt((signal) =>
    followRun(() => readRun(client, workflowId), { ...options, signal }),
  );
  if (snapshot === undefined) {
    options.terminal.note(
      `\nLet go of ${workflowId}; it goes on. Come back: burnish watch ${workflowId}`,
    );
    return ExitCode.detached;
  }
  await concludeRun(client, snapshot, options);
  return ExitCode.ok;
}

export type OperatorWord = 'pause' | 'resume' | 'cancel' | 'approve' | 'reject';

/**
 * Sends a word of an operator to a run and prints the answer.
 *
 * @throws UsageError if the note of `resume` is no factor of the learning rate.
 */
export async function message(
  word: OperatorWord,
  options: { run: string; note: string | undefined; terminal: Terminal },
): Promise<ExitCode> {
  const { run, note, terminal } = options;
  return withRuns(async ({ client }) => {
    const handle = client.workflow.getHandle(run);
    const decide = (update: string, usual: string): Promise<string> =>
      handle.executeUpdate<string, [string]>(update, { args: [note ?? usual] });
    switch (word) {
      case 'pause':
        await handle.signal(Message.pause);
        terminal.print(`${run} is asked to hold; go on with: burnish resume ${run}`);
        break;
      case 'resume':
        await handle.signal(Message.resume, ...rateFactor(note));
        terminal.print(`${run} goes on.`);
        break;
      case 'cancel':
        await handle.cancel();
        terminal.print(`${run} is asked to end. Stages that had ended are kept.`);
        break;
      case 'approve':
        terminal.print(await decide(Message.approve, 'approved from the command line'));
        break;
      case 'reject':
        terminal.print(await decide(Message.reject, 'rejected from the command line'));
        break;
    }
    return ExitCode.ok;
  });
}

/** The factor of the learning rate that an operator gives after a guard tripped, as the signal's argument. */
function rateFactor(note: string | undefined): number[] {
  if (note === undefined) return [];
  const factor = Number(note);
  if (factor > 0 && factor <= 1) return [factor];
  throw new UsageError(
    `Expected what to multiply the learning rate with, above 0 and at most 1; found ${note}.`,
  );
}
