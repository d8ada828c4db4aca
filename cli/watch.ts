import type { ExitCode } from './failures.js';
import { withRuns } from './resources.js';
import { watchToEnd } from './run/watch-to-end.js';
import type { Terminal } from './terminal.js';

/** Shows a run until it is over, and returns the exit code. */
export async function watch(
  workflowId: string,
  options: { json: boolean; terminal: Terminal },
): Promise<ExitCode> {
  return withRuns(({ client, places }) =>
    watchToEnd(client, workflowId, { ...options, ...places }),
  );
}
