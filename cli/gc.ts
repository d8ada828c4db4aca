import { collectGarbage } from '../storage/garbage/collect-garbage.js';
import type { GarbagePolicy } from '../storage/garbage/verdict.js';
import { ExitCode } from './failures.js';
import { renderGarbage, summariseGarbage } from './gc/garbage-report.js';
import { findRunReferences } from './gc/run-references.js';
import { withRuns } from './resources.js';
import type { Terminal } from './terminal.js';

/**
 * Removes from the bucket what no run, stage record or published version refers to, and prints what went and why.
 *
 * @throws UnavailableError if no Temporal server answers: without it nobody knows what is in use.
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
