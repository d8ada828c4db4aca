import { compareReports } from '../../cli/verbs/compare.js';
import { uniform } from '../../text/random.js';
import { differencesOf, type DisturbedRun } from './disturbed.js';
import { killEngine, killTrainer } from './faults/kills.js';
import { startInstallation } from './installation.js';
import { findLeftovers } from './leftovers.js';
import { watchRun } from './run-watch.js';
import { untilTraining } from './training-now.js';
import { readReport, type Undisturbed } from './undisturbed.js';

/** Runs two recipes at once on one pool, with a death of the trainer and one of the engine while both train. */
export async function runTwoPipelines(
  pair: readonly { recipe: unknown; undisturbed: Undisturbed }[],
  options: { folder: string; seed: number; limitMs: number },
): Promise<DisturbedRun> {
  const { folder, seed, limitMs } = options;
  const since = Date.now();
  const problems: string[] = [];
  const installation = await startInstallation(folder, seed);
  try {
    const runs = await Promise.all(
      pair.map(async ({ recipe, undisturbed }, index) => {
        const workflowId = `pair-${seed}-${index}`;
        const watch = await watchRun(installation.temporalAddress, { workflowId, recipe, limitMs });
        return { watch, undisturbed };
      }),
    );
    for (const [index, fault] of [killEngine, killTrainer].entries()) {
      const watch = runs[index % runs.length]?.watch;
      if (watch === undefined || (await untilTraining(watch)) === undefined) continue;
      await fault.strike({ installation, watch, draw: (key) => uniform(seed, index, 4, key) });
    }
    for (const { watch, undisturbed } of runs) {
      const end = await watch.untilEnd();
      await watch.close();
      if ('failure' in end) problems.push(`${watch.workflowId} failed: ${end.failure}`);
      else {
        const comparison = compareReports(
          undisturbed.report,
          await readReport(installation, end.result),
        );
        problems.push(...differencesOf(comparison).map((line) => `${watch.workflowId}: ${line}`));
      }
    }
  } finally {
    await installation.stop();
  }
  const leftovers = await findLeftovers(installation);
  const seconds = (Date.now() - since) / 1000;
  const did = `an engine and a trainer were killed meanwhile; ${problems.length === 0 ? 'each ended as it does alone' : 'see the problems'}`;
  const row = { seed, fault: 'two pipelines at once', atSeconds: 0, stage: 'all', did };
  return { seed, seconds, struck: [row], isEqual: problems.length === 0, problems, leftovers };
}
