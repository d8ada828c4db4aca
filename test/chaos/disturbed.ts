import { setTimeout as sleep } from 'node:timers/promises';
import { compareReports, type Comparison } from '../../cli/verbs/compare.js';
import { uniform } from '../../text/random.js';
import type { FaultOutcome } from './fault.js';
import { workDone, type PlannedFault } from './fault-plan.js';
import { startInstallation } from './installation.js';
import { findLeftovers, findUnfinishedUploads } from './leftovers.js';
import { watchRun, type RunWatch } from './run-watch.js';
import { readReport, type Undisturbed } from './undisturbed.js';

/** A fault of a run and what came of it. */
export interface StruckFault extends FaultOutcome {
  seed: number;
  fault: string;
  /** Since the run started. */
  atSeconds: number;
}

/** A run under faults beside the undisturbed one. */
export interface DisturbedRun {
  seed: number;
  seconds: number;
  struck: StruckFault[];
  /** Whether every artifact and every number of the evaluation is the undisturbed run's. */
  isEqual: boolean;
  /** All that must not be: a failure, differences, lost work. */
  problems: string[];
  /** Processes and temporary files that were left. */
  leftovers: string[];
}

/** Runs a recipe in an installation of its own in `folder` while the planned faults strike one after the other. */
export async function runDisturbed(
  plan: readonly PlannedFault[],
  options: {
    folder: string;
    recipe: unknown;
    seed: number;
    undisturbed: Undisturbed;
    limitMs: number;
    onStruck?: (fault: StruckFault) => void;
  },
): Promise<DisturbedRun> {
  const { folder, recipe, seed, undisturbed, limitMs } = options;
  const problems: string[] = [];
  const struck: StruckFault[] = [];
  const since = Date.now();
  let isEqual = false;
  const unfinished: string[] = [];
  const installation = await startInstallation(folder, seed);
  try {
    const watch = await watchRun(installation.temporalAddress, {
      workflowId: `chaos-${seed}`,
      recipe,
      limitMs,
    });
    for (const [index, { fault, share }] of plan.entries()) {
      await untilWorkDone(watch, undisturbed, share);
      if (watch.end !== undefined) break;
      const atSeconds = (Date.now() - since) / 1000;
      const draw = (key: number): number => uniform(seed, index, 3, key);
      const outcome = await fault.strike({ installation, watch, draw });
      const row = { seed, fault: fault.name, atSeconds, ...outcome };
      struck.push(row);
      options.onStruck?.(row);
      if (outcome.problem !== undefined) problems.push(`${fault.name}: ${outcome.problem}`);
    }
    const end = await watch.untilEnd();
    await watch.close();
    if (struck.length < plan.length)
      problems.push(`the run ended after ${struck.length} of ${plan.length} faults`);
    if ('failure' in end) problems.push(`the run failed: ${end.failure}`);
    else {
      const comparison = compareReports(
        undisturbed.report,
        await readReport(installation, end.result),
      );
      isEqual = comparison.equal;
      problems.push(...differencesOf(comparison));
      if (end.result.version !== undisturbed.version)
        problems.push(
          `published as ${String(end.result.version)}, undisturbed ${String(undisturbed.version)}`,
        );
    }
    unfinished.push(...(await findUnfinishedUploads(installation)));
  } finally {
    await installation.stop();
  }
  const leftovers = [...unfinished, ...(await findLeftovers(installation))];
  const seconds = (Date.now() - since) / 1000;
  return { seed, seconds, struck, isEqual, problems, leftovers };
}

async function untilWorkDone(
  watch: RunWatch,
  undisturbed: Undisturbed,
  share: number,
): Promise<void> {
  while (watch.end === undefined && workDone(watch.sights, undisturbed) < share) await sleep(50);
}

/** What differs between two reports, a line each. */
export function differencesOf({ rows, evaluation }: Comparison): string[] {
  const different = rows.filter(({ equal }) => !equal);
  return [
    ...different.map(
      ({ what, one, other }) => `${what} is ${String(other)} and undisturbed ${String(one)}`,
    ),
    ...(evaluation ? [] : ['the numbers of the evaluation differ']),
  ];
}
