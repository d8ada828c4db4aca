import { readRecipe } from '../recipe/read-recipe.js';
import { Queue, WorkflowType } from '../contracts/names.js';
import { ExitCode, UsageError } from './failures.js';
import { withRuns } from './resources.js';
import { createRunId } from './run/run-id.js';
import { watchToEnd } from './run/watch-to-end.js';
import type { Terminal } from './terminal.js';

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
