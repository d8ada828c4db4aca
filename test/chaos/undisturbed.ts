import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Stage } from '../../recipe/stage.js';
import type { RunReport } from '../../contracts/report.js';
import type { PipelineResult } from '../../contracts/stages.js';
import { readArtifact } from '../../storage/artifacts.js';
import { digestOf } from '../../files/digest.js';
import { startInstallation, type Installation } from './installation.js';
import { watchRun } from './run-watch.js';

/** A run that nothing disturbed: what others are compared with. */
export interface Undisturbed {
  /** Version of the model that it published. */
  version: string | undefined;
  report: RunReport;
  seconds: number;
  /** Seconds of each stage, in the order they ran. */
  stages: { stage: Stage; seconds: number }[];
}

/** Runs recipes undisturbed, each once however often it is asked for. */
export function createUndisturbedRuns(
  folder: string,
  limitMs: number,
): (recipe: unknown) => Promise<Undisturbed> {
  const known = new Map<string, Promise<Undisturbed>>();
  return (recipe) => {
    const digest = digestOf(recipe);
    const found = known.get(digest) ?? runUndisturbed(recipe, { folder, limitMs });
    known.set(digest, found);
    return found;
  };
}

async function runUndisturbed(
  recipe: unknown,
  options: { folder: string; limitMs: number },
): Promise<Undisturbed> {
  const folder = await mkdtemp(join(options.folder, 'undisturbed-'));
  const installation = await startInstallation(folder, 0);
  try {
    const since = performance.now();
    const watch = await watchRun(installation.temporalAddress, {
      workflowId: 'undisturbed',
      recipe,
      limitMs: options.limitMs,
    });
    const end = await watch.untilEnd();
    await watch.close();
    if ('failure' in end)
      throw new Error(
        `The undisturbed run failed, so there is nothing to compare with: ${end.failure}. Its logs are in ${folder}.`,
      );
    const seconds = (performance.now() - since) / 1000;
    const report = await readReport(installation, end.result);
    const stages = end.result.stages.map(({ stage, seconds: taken = 0 }) => ({
      stage,
      seconds: taken,
    }));
    return { version: end.result.version, report, seconds, stages };
  } finally {
    await installation.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** The report of a run that has ended, from the store. */
export async function readReport(
  { store, folder }: Installation,
  { report }: PipelineResult,
): Promise<RunReport> {
  const files = await readArtifact(store, report, join(folder, 'reports'));
  return JSON.parse(await readFile(join(files, 'report.json'), 'utf8')) as RunReport;
}
