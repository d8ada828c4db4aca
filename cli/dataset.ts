import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CardFile } from '../contracts/data-card.js';
import { Stage } from '../recipe/stage.js';
import { readArtifact } from '../storage/artifacts.js';
import { ExitCode } from './failures.js';
import { assertPlaceIsFree, placeFolder, replaceFolder } from '../files/whole-folder.js';
import { withRuns } from './resources.js';
import { readRun } from './run/read-run.js';
import { datasetOf } from './run/run-dataset.js';
import type { Terminal } from './terminal.js';

/**
 * Fetches the data a run collected, whole or not at all, and prints the path of its card.
 *
 * Without a folder it goes beside the run's report and replaces what was fetched there before.
 * @throws PlaceTakenError if the folder holds something already; RunFailedError if the run has collected no data.
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
    // Data collected by an older Burnish has no page.
    const shown = (await isThere(page)) ? page : place;
    options.terminal.print(
      options.json
        ? JSON.stringify({ card: shown, folder: place, digest: ref.digest, uri: ref.uri })
        : shown,
    );
    return ExitCode.ok;
  });
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error: unknown) => {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
      throw error;
    },
  );
}
