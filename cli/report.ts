import { ExitCode, RunFailedError } from './failures.js';
import { withRuns } from './resources.js';
import { readRun } from './run/read-run.js';
import { fetchReport } from './run/run-report.js';
import type { Terminal } from './terminal.js';

/**
 * Fetches the report of a run and prints the path of its page.
 *
 * @throws RunFailedError if the run has none yet.
 */
export async function report(
  workflowId: string,
  options: { json: boolean; terminal: Terminal },
): Promise<ExitCode> {
  return withRuns(async ({ client, places }) => {
    const snapshot = await readRun(client, workflowId);
    const ref = snapshot.progress?.report;
    if (ref === undefined) {
      throw new RunFailedError(
        snapshot.execution === 'running'
          ? `${workflowId} has no report yet; it is written at the end. See burnish watch ${workflowId}`
          : `${workflowId} was ${snapshot.execution} and left no report${snapshot.note === undefined ? '.' : `: ${snapshot.note}`}`,
      );
    }
    const fetched = await fetchReport(places.store, ref, { ...places, workflowId });
    options.terminal.print(
      options.json
        ? JSON.stringify({ report: fetched.page, digest: ref.digest, uri: ref.uri })
        : fetched.page,
    );
    return ExitCode.ok;
  });
}
