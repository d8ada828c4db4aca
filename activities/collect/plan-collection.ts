import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { cancellationSignal } from '@temporalio/activity';
import type { BurnishActivities } from '../../contracts/activities.js';
import {
  promptRowSchema,
  rejectedRowSchema,
  type PromptRow,
  type RejectedRow,
} from '../../contracts/records.js';
import { DatasetFile, plannedRowSchema, type PlannedRow } from '../../dataset/dataset-files.js';
import { DuplicateIndex } from '../../dataset/duplicates/duplicate-index.js';
import { reasonKey, createCleaner, type Cleaner } from '../../dataset/filter/clean-rows.js';
import { inOrder } from '../../dataset/in-order.js';
import { isRich, type RowCounts, createRouteChooser } from '../../dataset/pairs/choose-route.js';
import { openSources } from '../../dataset/sources/open-source.js';
import { readNew } from '../../dataset/sources/read-new.js';
import { excerptOf, type SourceRow, type UnreadableRow } from '../../dataset/sources/source-row.js';
import {
  findEarlierPlan,
  rememberPlan,
  type EarlierPlan,
  type PlanFile,
} from '../../dataset/watermark.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { openLineFile, readRows, type LineFile } from '../../files/jsonl.js';
import { writeJson } from '../../files/json.js';
import { withWorkFolder } from '../../files/work-folder.js';
import type { CollectSettings } from '../../recipe/sections/collect.js';
import { writeArtifact } from '../../storage/artifacts.js';
import type { ActivityDependencies } from '../dependencies.js';
import { shardFile, shardCountFor, shardOf } from '../paid/shard-layout.js';
import { findSpending } from '../paid/spending.js';
import { createProgressReporter } from '../wrap-activity.js';

/**
 * The activity that reads what is new in the sources, filters it, and stores all clean rows in shards.
 *
 * Rows stream through local files; only hashes of what was read stay in memory.
 * @throws InputInvalidError if a source cannot be used or no row passes the filters.
 */
export function createPlanCollection(
  dependencies: Pick<ActivityDependencies, 'store' | 'cacheFolder' | 'rootFolder'>,
): BurnishActivities['planCollection'] {
  const { store, cacheFolder, rootFolder = process.cwd() } = dependencies;
  return ({ settings, seed, recipe, stageKey }) =>
    withWorkFolder(cacheFolder, async (workFolder) => {
      const sources = await openSources(settings.sources, { store, workFolder, rootFolder });
      const earlier = await findEarlierPlan(store, cacheFolder, { recipe, settings });
      const reading = await readNew(sources, earlier?.plan.positions);
      const known = reading.startedOver === undefined ? earlier : undefined;

      const folder = join(workFolder, 'plan');
      await mkdir(folder);
      const filtered = new FilteredRows(workFolder, folder);
      if (known) await takeOver(known, filtered);
      const duplicates = known
        ? await DuplicateIndex.load(join(known.folder, DatasetFile.duplicates))
        : new DuplicateIndex({ threshold: settings.filters.nearDuplicate });
      const { readCount, isCutOff } = await filterRows(reading.rows(), filtered, {
        cleaner: createCleaner(settings, { duplicates }),
        maxRows: settings.maxRows,
        readBefore: known?.plan.readCount ?? 0,
      });
      await filtered.close();
      const { rowCount, rejectedCount } = filtered;
      if (rowCount === 0) throw new InputInvalidError(filtered.explainNothingLeft(sources));

      const shardCount = await divideRows(filtered, folder, { settings, seed });
      await duplicates.save(join(folder, DatasetFile.duplicates));
      const positions = await reading.positions();
      const { crowdedCount } = duplicates;
      const counts = { readCount, rowCount, crowdedCount, shardCount };
      const plan: PlanFile = { version: 2, positions, ...counts };
      await writeJson(join(folder, DatasetFile.plan), plan);
      const rows = await writeArtifact(store, 'dataset', folder);
      // What was cut off by `maxRows` says nothing about the rest of the source.
      if (!isCutOff) await rememberPlan(store, { recipe, settings }, rows);
      const spending = await findSpending(store, { kind: 'collect', stageKey, shardCount });
      return { rows, shardCount, rowCount, rejectedCount, stageKey, ...spending };
    });
}

/** The rows of a plan: those that passed the filters, and those that did not with the reasons counted. */
class FilteredRows {
  readonly counts: RowCounts = { rich: 0, plain: 0 };
  rejectedCount = 0;
  readonly #clean: LineFile;
  readonly #rejected: LineFile;
  readonly #reasons = new Map<string, number>();
  #firstRejected: RejectedRow | undefined;

  constructor(workFolder: string, planFolder: string) {
    this.#clean = openLineFile(join(workFolder, 'clean.jsonl'));
    this.#rejected = openLineFile(join(planFolder, DatasetFile.rejected));
  }

  get rowCount(): number {
    return this.counts.rich + this.counts.plain;
  }

  async keep(row: PromptRow): Promise<void> {
    this.counts[isRich(row) ? 'rich' : 'plain'] += 1;
    await this.#clean.write(row);
  }

  async reject(row: RejectedRow): Promise<void> {
    this.rejectedCount += 1;
    this.#firstRejected ??= row;
    const key = reasonKey(row.reason);
    this.#reasons.set(key, (this.#reasons.get(key) ?? 0) + 1);
    await this.#rejected.write(row);
  }

  async close(): Promise<void> {
    await this.#clean.close();
    await this.#rejected.close();
  }

  /** Those that passed, in order, once all are written. */
  cleanRows(): AsyncIterable<PromptRow> {
    return readRows(this.#clean.path, promptRowSchema);
  }

  explainNothingLeft(sources: readonly { label: string }[]): string {
    const reasons = [...this.#reasons].map(([reason, count]) => `${reason} (${count})`).join(', ');
    const first = this.#firstRejected;
    return (
      `No row of ${sources.map(({ label }) => label).join(', ')} passes the filters: ${reasons}. ` +
      `The first: ${first?.origin ?? ''}: ${first?.reason ?? ''}. Expected objects with a text in \`prompt\`.`
    );
  }
}

/** Sorts the rows that are new by what the filters say; ends where `maxRows` are read in all. */
async function filterRows(
  rows: AsyncIterable<SourceRow | UnreadableRow>,
  filtered: FilteredRows,
  options: { cleaner: Cleaner; maxRows: number | null; readBefore: number },
): Promise<{ readCount: number; isCutOff: boolean }> {
  const { cleaner, maxRows } = options;
  const signal = cancellationSignal();
  const reportProgress = createProgressReporter();
  let readCount = options.readBefore;
  for await (const row of rows) {
    if (maxRows !== null && readCount >= maxRows) return { readCount, isCutOff: true };
    readCount += 1;
    if (readCount % 1000 === 0) {
      signal.throwIfAborted();
      reportProgress({ readCount });
    }
    const outcome = cleaner.clean(row);
    await ('reason' in outcome ? filtered.reject(outcome) : filtered.keep(outcome));
  }
  return { readCount, isCutOff: false };
}

/** The clean rows of a plan, in order. */
export function readPlannedRows(
  planFolder: string,
  shardCount: number,
): AsyncGenerator<PlannedRow> {
  const shards = Array.from({ length: shardCount }, (_, index) =>
    readRows(join(planFolder, shardFile(index)), plannedRowSchema),
  );
  return inOrder(shards);
}

/** Everything an earlier plan kept and put aside, in its order. */
async function takeOver({ folder, plan }: EarlierPlan, filtered: FilteredRows): Promise<void> {
  for await (const { row } of readPlannedRows(folder, plan.shardCount)) await filtered.keep(row);
  for await (const row of readRows(join(folder, DatasetFile.rejected), rejectedRowSchema)) {
    await filtered.reject(row);
  }
}

/**
 * Writes the clean rows, in order, to one file a shard, and those that no pair is made of to a file of their own;
 * gives the count of shards.
 *
 * A row's shard depends on its id alone, so that a later run finds its paid answers in one place.
 */
async function divideRows(
  filtered: FilteredRows,
  folder: string,
  { settings, seed }: { settings: CollectSettings; seed: number },
): Promise<number> {
  const shardCount = shardCountFor(filtered.rowCount);
  const choose = createRouteChooser(settings, filtered.counts, seed);
  const unused = openLineFile(join(folder, DatasetFile.unused));
  const files = Array.from({ length: shardCount }, (_, index) =>
    openLineFile(join(folder, shardFile(index))),
  );
  let ordinal = 0;
  for await (const row of filtered.cleanRows()) {
    const chosen = choose(row);
    const planned: PlannedRow = { ordinal, row };
    if ('route' in chosen) planned.route = chosen.route;
    else {
      const { reason } = chosen;
      await unused.write({ origin: row.source, reason, excerpt: excerptOf(row.prompt) });
    }
    await files[shardOf(row.id, shardCount)]?.write(planned);
    ordinal += 1;
  }
  await Promise.all([...files, unused].map((file) => file.close()));
  return shardCount;
}
