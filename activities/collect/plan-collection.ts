import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import type { CollectActivities } from '../../contracts/activities.js';
import type { CollectionPlan } from '../../contracts/collection.js';
import { InputInvalidError } from '../../contracts/errors.js';
import type { RejectedRow } from '../../contracts/records.js';
import { writeArtifact } from '../../storage/artifacts.js';
import { writeJsonl } from '../jsonl.js';
import { withWorkFolder } from '../work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import { cleanRows, reasonKey } from './filter/clean-rows.js';
import type { CollectDependencies } from './collect-dependencies.js';
import { DatasetFile, shardFile } from './dataset-files.js';
import { openSources, type OpenedSource } from './sources/open-source.js';
import { readNew } from './sources/read-new.js';

/** Rows an activity makes pairs of; an attempt that fails repeats at most these. */
export const ROWS_PER_SHARD = 500;

/**
 * The activity that reads and filters the sources and stores the clean rows in shards.
 *
 * It @throws InputInvalidError if a source cannot be used or no row passes the filters.
 */
export function createPlanCollection(
  dependencies: CollectDependencies,
): CollectActivities['planCollection'] {
  const { store, cacheFolder, rootFolder = process.cwd() } = dependencies;
  return ({ settings }) =>
    withWorkFolder(cacheFolder, async (workFolder) => {
      const signal = cancellationSignal();
      const reportProgress = createProgressReporter();
      const sources = await openSources(settings.sources, { store, workFolder, rootFolder });
      const { rows } = await readNew(sources, undefined);
      const cleaned = await cleanRows(rows(), settings, (readCount) => {
        if (readCount % 1000 !== 0) return;
        signal.throwIfAborted();
        reportProgress({ readCount });
      });
      if (cleaned.rows.length === 0) {
        throw new InputInvalidError(
          nothingLeft(
            sources.map(({ label }) => label),
            cleaned.rejected,
          ),
        );
      }
      const folder = join(workFolder, 'rows');
      await mkdir(folder);
      const plan = {
        sources: await Promise.all(sources.map(recordOf)),
        readCount: cleaned.readCount,
      };
      const shardCount = await writeShards(folder, cleaned.rows);
      await writeJsonl(join(folder, DatasetFile.rejected), cleaned.rejected);
      await writeFile(join(folder, DatasetFile.plan), `${JSON.stringify(plan, null, 2)}\n`);
      return {
        rows: await writeArtifact(store, 'dataset', folder),
        shardCount,
        rowCount: cleaned.rows.length,
        rejectedCount: cleaned.rejected.length,
      } satisfies CollectionPlan;
    });
}

async function recordOf({ label, digest }: OpenedSource) {
  const { sha256, byteLength } = await digest();
  return { source: label, sha256, byteLength };
}

async function writeShards(folder: string, rows: object[]): Promise<number> {
  const shardCount = Math.ceil(rows.length / ROWS_PER_SHARD);
  for (let index = 0; index < shardCount; index += 1) {
    const shard = rows.slice(index * ROWS_PER_SHARD, (index + 1) * ROWS_PER_SHARD);
    await writeJsonl(join(folder, shardFile(index)), shard);
  }
  return shardCount;
}

function nothingLeft(sources: string[], rejected: RejectedRow[]): string {
  const counts = new Map<string, number>();
  for (const { reason } of rejected) {
    counts.set(reasonKey(reason), (counts.get(reasonKey(reason)) ?? 0) + 1);
  }
  const reasons = [...counts].map(([reason, count]) => `${reason} (${count})`).join(', ');
  const first = rejected[0];
  return (
    `No row of ${sources.join(', ')} passes the filters: ${reasons}. ` +
    `The first: ${first?.origin ?? ''}: ${first?.reason ?? ''}. Expected objects with a text in \`prompt\`.`
  );
}
