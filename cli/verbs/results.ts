import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { CardFile } from '../../contracts/data-card.js';
import { assertPlaceIsFree, placeFolder, replaceFolder } from '../../files/whole-folder.js';
import { Stage } from '../../recipe/stage.js';
import { readArtifact } from '../../storage/artifacts.js';
import { ExitCode, RunFailedError } from '../failures.js';
import { withRuns } from '../resources.js';
import { readRun } from '../runs/read-run.js';
import { datasetOf, fetchReport } from '../runs/run-artifacts.js';
import type { Terminal } from '../terminal/terminal.js';

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

/**
 * Fetches the data a run collected, whole or not at all, and prints the path of its card.
 *
 * Without a folder the data goes beside the run's report and replaces what was fetched there before.
 * @throws PlaceTakenError if the folder holds something already.
 * @throws RunFailedError if the run has collected no data.
 */
export async function dataset(
  workflowId: string,
  folder: string | undefined,
  options: { json: boolean; terminal: Terminal },
): Promise<ExitCode> {
  if (folder !== undefined) await assertPlaceIsFree(resolve(folder));
  return withRuns(async ({ client, places }) => {
    const ref = datasetOf(await readRun(client, workflowId));
    const cached = await readArtifact(places.store, ref, places.cacheFolder);
    const place = resolve(folder ?? join(places.reportsFolder, `${workflowId}-${Stage.collect}`));
    await (folder === undefined ? replaceFolder : placeFolder)(cached, place);
    const page = join(place, CardFile.page);
    // A dataset of an older version has no page.
    const shown = existsSync(page) ? page : place;
    options.terminal.print(
      options.json
        ? JSON.stringify({ card: shown, folder: place, digest: ref.digest, uri: ref.uri })
        : shown,
    );
    return ExitCode.ok;
  });
}
