import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactRef } from '../../contracts/artifact.js';
import type { RunReport } from '../../contracts/report.js';
import { readArtifact } from '../../storage/artifacts.js';
import { Stage } from '../../recipe/stage.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { replaceFolder } from '../../files/whole-folder.js';
import { RunFailedError } from '../failures.js';
import type { RunSnapshot } from './run-snapshot.js';

export interface FetchedReport {
  /** The page, to be opened in a browser. */
  page: string;
  report: RunReport;
}

/** Ensures the report of a run lies under `<reportsFolder>/<workflowId>/` and returns the page's path and its data. */
export async function fetchReport(
  store: ObjectStore,
  ref: ArtifactRef,
  place: { workflowId: string; reportsFolder: string; cacheFolder: string },
): Promise<FetchedReport> {
  const cached = await readArtifact(store, ref, place.cacheFolder);
  const folder = join(place.reportsFolder, place.workflowId);
  await replaceFolder(cached, folder);
  const report = JSON.parse(await readFile(join(folder, 'report.json'), 'utf8')) as RunReport;
  return { page: join(folder, 'index.html'), report };
}

/**
 * Returns the dataset that a run collected, or took over from another.
 *
 * @throws RunFailedError with the state of the stage if there is none.
 */
export function datasetOf({ workflowId, progress, note }: RunSnapshot): ArtifactRef {
  const stage = progress?.stages.find((found) => found.stage === Stage.collect);
  const ref = stage?.outputs?.['dataset'];
  if (ref !== undefined) return ref;
  const state =
    stage === undefined ? (note ?? 'it has no such stage') : `collect is ${stage.state}`;
  throw new RunFailedError(
    `${workflowId} has no dataset: ${state}. See burnish status ${workflowId}`,
  );
}
