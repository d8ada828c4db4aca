import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { CollectActivities } from '../../contracts/activities.js';
import type { CollectedShard } from '../../contracts/collection.js';
import { InputInvalidError, RowLossExceededError } from '../../contracts/errors.js';
import {
  promptPairSchema,
  promptRowSchema,
  rejectedRowSchema,
  splits,
  type PromptPair,
  type PromptRow,
  type RejectedRow,
} from '../../contracts/records.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { readAllRows, writeJsonl } from '../jsonl.js';
import { withWorkFolder } from '../work-folder.js';
import { reasonKey } from './filter/clean-rows.js';
import type { CollectDependencies } from './collect-dependencies.js';
import { describePairs, type DataCard } from './card/data-card.js';
import { DatasetFile, planSchema, shardFile, shardSchema } from './dataset-files.js';
import { sourceLicences } from './sources/open-source.js';
import { separateSplits, type SeparatedPairs } from './filter/separate-splits.js';

/**
 * The activity that joins the shards into the `dataset` artifact.
 *
 * It @throws RowLossExceededError if providers failed on more than `maxLossShare` of all rows.
 * It @throws InputInvalidError if a split is left without a pair.
 */
export function createMergeCollection(
  dependencies: Pick<CollectDependencies, 'store' | 'cacheFolder'>,
): CollectActivities['mergeCollection'] {
  const { store, cacheFolder } = dependencies;
  return async ({ settings, plan, shards }) => {
    const planFolder = await readArtifact(store, plan.rows, cacheFolder);
    const planned = planSchema.parse(
      JSON.parse(await readFile(join(planFolder, DatasetFile.plan), 'utf8')),
    );
    const rows: PromptRow[] = [];
    for (let index = 0; index < plan.shardCount; index += 1) {
      rows.push(...(await readAllRows(join(planFolder, shardFile(index)), promptRowSchema)));
    }
    const joined = await joinShards(dependencies, shards);
    if (joined.lostCount > settings.maxLossShare * rows.length) {
      throw new RowLossExceededError(
        `Providers failed on ${joined.lostCount} of ${rows.length} rows; the recipe allows a share of ${settings.maxLossShare} (collect.maxLossShare). ` +
          'The reasons are in rejected.jsonl of the shards.',
      );
    }
    const separated = separateSplits(joined.pairs, rows, settings);
    assertNoSplitIsEmpty(separated, joined.rejected);
    const rejected = [
      ...(await readAllRows(join(planFolder, DatasetFile.rejected), rejectedRowSchema)),
      ...joined.rejected,
      ...separated.rejected,
    ];
    const card: DataCard = {
      version: 1,
      sources: planned.sources,
      licence: await sourceLicences(settings.sources),
      settings,
      simulated: joined.simulated,
      rows: {
        read: planned.readCount,
        clean: rows.length,
        trainPrompts: separated.prompts.length,
      },
      rejected: countReasons(rejected),
      ...describePairs(separated),
    };
    const dataset = await withWorkFolder(cacheFolder, async (workFolder) => {
      const folder = join(workFolder, 'dataset');
      await mkdir(folder);
      for (const split of splits) {
        await writeJsonl(join(folder, `${split}.jsonl`), separated.pairs[split]);
      }
      await writeJsonl(join(folder, DatasetFile.promptsTrain), separated.prompts);
      await writeJsonl(join(folder, DatasetFile.rejected), rejected);
      await writeFile(join(folder, DatasetFile.card), `${JSON.stringify(card, null, 2)}\n`);
      return writeArtifact(store, 'dataset', folder);
    });
    return { dataset, summary: summaryOf(card, { lost: joined.lostCount }) };
  };
}

async function joinShards(
  { store, cacheFolder }: Pick<CollectDependencies, 'store' | 'cacheFolder'>,
  shards: CollectedShard[],
) {
  const pairs: PromptPair[] = [];
  const rejected: RejectedRow[] = [];
  const simulated = new Set<string>();
  let lostCount = 0;
  // Shards finish in any order; the dataset's order is that of its rows.
  for (const shard of shards.toSorted((a, b) => a.shardIndex - b.shardIndex)) {
    const folder = await readArtifact(store, shard.pairs, cacheFolder);
    pairs.push(...(await readAllRows(join(folder, DatasetFile.pairs), promptPairSchema)));
    rejected.push(...(await readAllRows(join(folder, DatasetFile.rejected), rejectedRowSchema)));
    const record = shardSchema.parse(
      JSON.parse(await readFile(join(folder, DatasetFile.shard), 'utf8')),
    );
    lostCount += record.lostCount;
    for (const name of record.simulated) simulated.add(name);
  }
  return { pairs, rejected, lostCount, simulated: [...simulated].sort() };
}

function assertNoSplitIsEmpty({ pairs }: SeparatedPairs, rejected: RejectedRow[]): void {
  const empty = splits.filter((split) => pairs[split].length === 0);
  if (empty.length === 0) return;
  const reasons = Object.entries(countReasons(rejected))
    .map(([reason, count]) => `${reason} (${count})`)
    .join(', ');
  throw new InputInvalidError(
    `No pair is left for ${empty.join(' and ')}; put aside: ${reasons || 'none'}. ` +
      'Give more prompts, or larger collect.validationShare and collect.testShare.',
  );
}

function countReasons(rejected: RejectedRow[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { reason } of rejected) {
    const key = reasonKey(reason);
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function summaryOf(card: DataCard, { lost }: { lost: number }): Record<string, number> {
  const rejected = Object.values(card.rejected).reduce((sum, count) => sum + count, 0);
  return {
    rows: card.rows.read,
    cleanRows: card.rows.clean,
    rejected,
    lostToProviders: lost,
    pairs: card.pairs.total,
    ...card.pairs.bySplit,
    ...card.pairs.byRoute,
    descriptionWords: card.words.x.mean,
    targetWords: card.words.y.mean,
    contentKept: card.contentKept,
  };
}
