import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import type { BurnishActivities } from '../../contracts/activities.js';
import {
  promptRowSchema,
  rejectedRowSchema,
  type PromptRow,
  type RejectedRow,
} from '../../contracts/records.js';
import type { CollectionPlan } from '../../contracts/shards.js';
import { DatasetFile, plannedRowSchema, type PlannedRow } from '../../dataset/dataset-files.js';
import { DuplicateIndex } from '../../dataset/duplicates/duplicate-index.js';
import { reasonKey, createCleaner } from '../../dataset/filter/clean-rows.js';
import { inOrder } from '../../dataset/in-order.js';
import { isRich, type RowCounts, createRouteChooser } from '../../dataset/pairs/choose-route.js';
import { openSources } from '../../dataset/sources/open-source.js';
import { readNew } from '../../dataset/sources/read-new.js';
import { excerptOf } from '../../dataset/sources/source-row.js';
import {
  findEarlierPlan,
  rememberPlan,
  type EarlierPlan,
  type PlanFile,
} from '../../dataset/watermark.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { openLineFile, readRows } from '../../files/jsonl.js';
import { withWorkFolder } from '../../files/work-folder.js';
import type { CollectSettings } from '../../recipe/sections/collect.js';
import { writeArtifact } from '../../storage/artifacts.js';
import type { ActivityDependencies } from '../dependencies.js';
import { findSpending } from '../paid/answer-log.js';
import { shardFile, shardCountFor, shardOf } from '../paid/shard-layout.js';
import { createProgressReporter } from '../wrap-activity.js';

/**
 * The activity that reads what is new in the sources, filters it, and stores all clean rows in shards.
 *
 * Rows stream through local files; only hashes of what was read stay in memory.
 * It @throws InputInvalidError if a source cannot be used or no row passes the filters.
 */
export function createPlanCollection(
  dependencies: Pick<ActivityDependencies, 'store' | 'cacheFolder' | 'rootFolder'>,
): BurnishActivities['planCollection'] {
  const { store, cacheFolder, rootFolder = process.cwd() } = dependencies;
  return ({ settings, seed, recipe, stageKey }) =>
    withWorkFolder(cacheFolder, async (workFolder) => {
      const signal = cancellationSignal();
      const reportProgress = createProgressReporter();
      const sources = await openSources(settings.sources, { store, workFolder, rootFolder });
      const earlier = await findEarlierPlan(store, cacheFolder, { recipe, settings });
      const reading = await readNew(sources, earlier?.plan.positions);
      const known = reading.startedOver === undefined ? earlier : undefined;

      const folder = join(workFolder, 'plan');
      await mkdir(folder);
      const clean = openLineFile(join(workFolder, 'clean.jsonl'));
      const rejected = openLineFile(join(folder, DatasetFile.rejected));
      const reasons = new Map<string, number>();
      const counts: RowCounts = { rich: 0, plain: 0 };
      let rejectedCount = 0;
      let firstRejected: RejectedRow | undefined;
      const keep = async (row: PromptRow): Promise<void> => {
        counts[isRich(row) ? 'rich' : 'plain'] += 1;
        await clean.write(row);
      };
      const reject = async (row: RejectedRow): Promise<void> => {
        rejectedCount += 1;
        firstRejected ??= row;
        const key = reasonKey(row.reason);
        reasons.set(key, (reasons.get(key) ?? 0) + 1);
        await rejected.write(row);
      };
      if (known) await takeOver(known, { keep, reject });
      const duplicates = known
        ? await DuplicateIndex.load(join(known.folder, DatasetFile.duplicates))
        : new DuplicateIndex({ threshold: settings.filters.nearDuplicate });

      let readCount = known?.plan.readCount ?? 0;
      let isCutOff = false;
      const cleaner = createCleaner(settings, { duplicates });
      for await (const row of reading.rows()) {
        isCutOff = settings.maxRows !== null && readCount >= settings.maxRows;
        if (isCutOff) break;
        readCount += 1;
        if (readCount % 1000 === 0) {
          signal.throwIfAborted();
          reportProgress({ readCount });
        }
        const outcome = cleaner.clean(row);
        await ('reason' in outcome ? reject(outcome) : keep(outcome));
      }
      await clean.close();
      await rejected.close();
      const rowCount = counts.rich + counts.plain;
      if (rowCount === 0) {
        throw new InputInvalidError(nothingLeft(sources, reasons, firstRejected));
      }

      const unused = openLineFile(join(folder, DatasetFile.unused));
      const { shardCount } = await divideRows(readRows(clean.path, promptRowSchema), folder, {
        settings,
        seed,
        counts,
        onUnused: (row) => unused.write(row),
      });
      await unused.close();
      await duplicates.save(join(folder, DatasetFile.duplicates));
      const positions = await reading.positions();
      const { crowdedCount } = duplicates;
      const plan: PlanFile = {
        version: 2,
        positions,
        readCount,
        rowCount,
        crowdedCount,
        shardCount,
      };
      await writeFile(join(folder, DatasetFile.plan), `${JSON.stringify(plan, null, 2)}\n`);
      const rows = await writeArtifact(store, 'dataset', folder);
      // What was cut off by `maxRows` says nothing about the rest of the source.
      if (!isCutOff) await rememberPlan(store, { recipe, settings }, rows);
      return {
        rows,
        shardCount,
        rowCount,
        rejectedCount,
        stageKey,
        ...(await findSpending(store, { kind: 'collect', stageKey, shardCount })),
      } satisfies CollectionPlan;
    });
}

/** Everything an earlier plan kept and put aside, in its order. */
async function takeOver(
  { folder, plan }: EarlierPlan,
  to: { keep: (row: PromptRow) => Promise<void>; reject: (row: RejectedRow) => Promise<void> },
): Promise<void> {
  const shards = Array.from({ length: plan.shardCount }, (_, index) =>
    readRows(join(folder, shardFile(index)), plannedRowSchema),
  );
  for await (const { row } of inOrder(shards)) await to.keep(row);
  for await (const row of readRows(join(folder, DatasetFile.rejected), rejectedRowSchema)) {
    await to.reject(row);
  }
}

function nothingLeft(
  sources: readonly { label: string }[],
  counts: Map<string, number>,
  first: RejectedRow | undefined,
): string {
  const reasons = [...counts].map(([reason, count]) => `${reason} (${count})`).join(', ');
  return (
    `No row of ${sources.map(({ label }) => label).join(', ')} passes the filters: ${reasons}. ` +
    `The first: ${first?.origin ?? ''}: ${first?.reason ?? ''}. Expected objects with a text in \`prompt\`.`
  );
}

/**
 * Writes the clean rows, given in order, to one file a shard and tells every row that no pair is made of.
 *
 * A row's shard depends on its id alone, so that a later run finds its paid answers in one place.
 */
export async function divideRows(
  rows: AsyncIterable<PromptRow>,
  folder: string,
  options: {
    settings: CollectSettings;
    seed: number;
    counts: RowCounts;
    onUnused: (row: RejectedRow) => Promise<void>;
  },
): Promise<{ shardCount: number }> {
  const { settings, seed, counts, onUnused } = options;
  const shardCount = shardCountFor(counts.rich + counts.plain);
  const choose = createRouteChooser(settings, counts, seed);
  const files = Array.from({ length: shardCount }, (_, index) =>
    openLineFile(join(folder, shardFile(index))),
  );
  let ordinal = 0;
  for await (const row of rows) {
    const chosen = choose(row);
    const planned: PlannedRow = { ordinal, row };
    if ('route' in chosen) planned.route = chosen.route;
    else {
      await onUnused({ origin: row.source, reason: chosen.reason, excerpt: excerptOf(row.prompt) });
    }
    await files[shardOf(row.id, shardCount)]?.write(planned);
    ordinal += 1;
  }
  await Promise.all(files.map((file) => file.close()));
  return { shardCount };
}
