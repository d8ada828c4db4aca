import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import type { CollectActivities } from '../../contracts/activities.js';
import { promptRowSchema } from '../../contracts/records.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { readAllRows, writeJsonl } from '../jsonl.js';
import { withWorkFolder } from '../work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import type { CollectDependencies } from './collect-dependencies.js';
import { DatasetFile, shardFile } from './dataset-files.js';
import { makePairs } from './pairs/make-pairs.js';

/** The activity that makes the pairs of one shard of clean rows; see `makePairs` for what it throws. */
export function createCollectShard(
  dependencies: CollectDependencies,
): CollectActivities['collectShard'] {
  const { store, cacheFolder } = dependencies;
  return async ({ settings, providers: providersSettings, seed, plan, shardIndex }) => {
    const reportProgress = createProgressReporter();
    const planFolder = await readArtifact(store, plan.rows, cacheFolder);
    const rows = await readAllRows(join(planFolder, shardFile(shardIndex)), promptRowSchema);
    const providers = dependencies.providers(providersSettings);
    const made = await makePairs(providers, rows, {
      settings,
      seed,
      signal: cancellationSignal(),
      onProgress: (doneCount) => {
        reportProgress({ doneCount, rowCount: rows.length });
      },
    });
    const record = {
      rowCount: rows.length,
      lostCount: made.lostCount,
      simulated: [...providers.simulated],
    };
    return withWorkFolder(cacheFolder, async (workFolder) => {
      const folder = join(workFolder, 'pairs');
      await mkdir(folder);
      await writeJsonl(join(folder, DatasetFile.pairs), made.pairs);
      await writeJsonl(join(folder, DatasetFile.rejected), made.rejected);
      await writeFile(join(folder, DatasetFile.shard), `${JSON.stringify(record)}\n`);
      return {
        shardIndex,
        pairs: await writeArtifact(store, 'dataset', folder),
        pairCount: made.pairs.length,
        rejectedCount: made.rejected.length,
      };
    });
  };
}
