import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactRef } from '../../contracts/artifact.js';
import type { RunReport } from '../../contracts/report.js';
import { readArtifact } from '../../storage/artifacts.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { replaceFolder } from '../../files/whole-folder.js';

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
