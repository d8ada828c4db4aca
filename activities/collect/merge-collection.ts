import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import { type DataCard, CardFile } from '../../contracts/data-card.js';
import {
  promptPairSchema,
  rejectedRowSchema,
  splits,
  type PromptPair,
  type RejectedRow,
  type Split,
} from '../../contracts/records.js';
import type { CollectedShard } from '../../contracts/shards.js';
import { createCardBuilder, type CardBuilder } from '../../dataset/card/card-builder.js';
import { FILTER_ORDER } from '../../dataset/card/accounts.js';
import {
  DatasetFile,
  placedPairSchema,
  quarantinedRowSchema,
  shardSchema,
  type PlannedRow,
} from '../../dataset/dataset-files.js';
import { reasonKey } from '../../dataset/filter/clean-rows.js';
import { inOrder } from '../../dataset/in-order.js';
import { licenceOfSource, sourceLicences } from '../../dataset/sources/open-source.js';
import type { SourcePosition } from '../../dataset/sources/read-new.js';
import { excerptOf } from '../../dataset/sources/source-row.js';
import { createSplitSeparator, type SplitSeparator } from '../../dataset/splits/split-separator.js';
import { planSchema, type PlanFile } from '../../dataset/watermark.js';
import { writeDatasetFiles } from '../../dataset/write-dataset-files.js';
import type { CollectSettings } from '../../recipe/sections/collect.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { openLineFile, readRows, type LineFile } from '../../files/jsonl.js';
import { readJson, writeJson } from '../../files/json.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { splitOf } from '../../text/split.js';
import { renderDataCardMarkdown } from '../../web/data-card/data-card-markdown.js';
import { renderDataCard } from '../../web/data-card/render-data-card.js';
import type { StoreDependencies } from '../dependencies.js';
import { assertFewRowsAreLost } from '../paid/losses.js';
import { countAnswers } from '../paid/spending.js';
import { readPlannedRows } from './plan-collection.js';

/**
 * The activity that joins the shards into the `dataset` artifact, in the order of the source rows.
 *
 * The pairs are read twice and never held: once for what is held out, once to write what may stay.
 * @throws RowLossExceededError if providers failed on more than `maxLossShare` of all rows.
 * @throws InputInvalidError if a split is left without a pair.
 */
export function createMergeCollection(
  dependencies: StoreDependencies,
): BurnishActivities['mergeCollection'] {
  const { store, cacheFolder } = dependencies;
  return ({ settings, plan, shards, spent }) =>
    withWorkFolder(cacheFolder, async (workFolder) => {
      const planFolder = await readArtifact(store, plan.rows, cacheFolder);
      const planned = await readJson(join(planFolder, DatasetFile.plan), planSchema);
      const parts = await readParts(dependencies, shards);
      assertProvidersAnswered(parts, settings.maxLossShare);
      const separator = createSplitSeparator(settings, {
        nearDuplicate: settings.filters.heldOutDuplicate,
      });
      for await (const { pair } of pairsOf(parts)) separator.note(pair);

      const folder = join(workFolder, 'dataset');
      await mkdir(folder);
      const card = await openCard(settings, planned, parts);
      const dropped = openDroppedRows(folder, card);
      await dropRejectedRows(planFolder, parts, dropped);
      await writeQuarantine(parts, folder, card);
      await writePairs(parts, folder, { settings, workFolder, separator, card, dropped });
      const rows = readPlannedRows(planFolder, plan.shardCount);
      await writeTrainPrompts(rows, folder, { separator, card });
      card.spend(spent);
      if (plan.stageKey !== undefined) {
        card.spend(await countAnswers(store, { kind: 'collect', stageKey: plan.stageKey }));
      }
      const dataCard = card.finish();
      await writeCard(folder, dataCard);
      const dataset = await writeArtifact(store, 'dataset', folder);
      return { dataset, summary: summaryOf(dataCard) };
    });
}

/** A shard's pairs and what became of its other rows. */
interface Part {
  folder: string;
  record: ReturnType<typeof shardSchema.parse>;
  quarantinedCount: number;
}

async function readParts(
  { store, cacheFolder }: StoreDependencies,
  shards: CollectedShard[],
): Promise<Part[]> {
  const parts: Part[] = [];
  for (const { pairs, quarantinedCount } of shards.toSorted(
    (a, b) => a.shardIndex - b.shardIndex,
  )) {
    if (pairs === undefined) continue;
    const folder = await readArtifact(store, pairs, cacheFolder);
    const record = await readJson(join(folder, DatasetFile.shard), shardSchema);
    parts.push({ folder, record, quarantinedCount });
  }
  return parts;
}

function pairsOf(parts: Part[]): AsyncGenerator<{ ordinal: number; pair: PromptPair }> {
  return inOrder(
    parts.map(({ folder }) => readRows(join(folder, DatasetFile.pairs), placedPairSchema)),
  );
}

/** A card of all that is known before the pairs are read. */
async function openCard(
  settings: CollectSettings,
  planned: PlanFile,
  parts: Part[],
): Promise<CardBuilder> {
  const card = createCardBuilder({
    sources: planned.positions.map(sourceOf),
    cleanRows: planned.rowCount,
    crowdedRows: planned.crowdedCount,
    filters: FILTER_ORDER,
    licence: await sourceLicences(settings.sources),
    settings,
    simulated: [...new Set(parts.flatMap(({ record }) => record.simulated))].sort(),
  });
  card.countRead(planned.readCount);
  return card;
}

/** `rejected.jsonl`, with the rows of each filter counted. */
function openDroppedRows(folder: string, card: CardBuilder) {
  const file = openLineFile(join(folder, DatasetFile.rejected));
  const counts = new Map<string, number>();
  return {
    counts,
    async drop(row: RejectedRow): Promise<void> {
      const filter = reasonKey(row.reason);
      counts.set(filter, (counts.get(filter) ?? 0) + 1);
      card.drop(filter, row);
      await file.write(row);
    },
    close: () => file.close(),
  };
}

async function dropRejectedRows(
  planFolder: string,
  parts: Part[],
  dropped: ReturnType<typeof openDroppedRows>,
): Promise<void> {
  const paths = [
    join(planFolder, DatasetFile.rejected),
    join(planFolder, DatasetFile.unused),
    ...parts.map(({ folder }) => join(folder, DatasetFile.rejected)),
  ];
  for (const path of paths) {
    for await (const row of readRows(path, rejectedRowSchema)) await dropped.drop(row);
  }
}

/** Writes the pairs that may stay to the files of their splits, and drops the others. */
async function writePairs(
  parts: Part[],
  folder: string,
  options: {
    settings: CollectSettings;
    workFolder: string;
    separator: SplitSeparator;
    card: CardBuilder;
    dropped: ReturnType<typeof openDroppedRows>;
  },
): Promise<void> {
  const { settings, workFolder, separator, card, dropped } = options;
  const counts: Record<Split, number> = { train: 0, validation: 0, test: 0 };
  const files = Object.fromEntries(
    splits.map((split) => [split, openLineFile(join(workFolder, `${split}.jsonl`))]),
  ) as Record<Split, LineFile>;
  for await (const { pair } of pairsOf(parts)) {
    const reason = separator.judge(pair);
    if (reason !== undefined) {
      await dropped.drop({ origin: pair.id, reason, excerpt: excerptOf(pair.x) });
      continue;
    }
    const split = splitOf(pair.rowId, settings);
    counts[split] += 1;
    card.keep(pair, split);
    await files[split].write(pair);
  }
  await Promise.all([...Object.values(files), dropped].map((file) => file.close()));
  assertNoSplitIsEmpty(counts, dropped.counts);
  for (const split of splits) {
    await writeDatasetFiles(folder, split, readRows(files[split].path, promptPairSchema));
  }
}

async function writeTrainPrompts(
  rows: AsyncIterable<PlannedRow>,
  folder: string,
  { separator, card }: { separator: SplitSeparator; card: CardBuilder },
): Promise<void> {
  const file = openLineFile(join(folder, DatasetFile.promptsTrain));
  for await (const { row } of rows) {
    if (!separator.isTrainPrompt(row)) continue;
    card.countTrainPrompts(1);
    await file.write(row);
  }
  await file.close();
}

async function writeQuarantine(parts: Part[], folder: string, card: CardBuilder): Promise<void> {
  const file = openLineFile(join(folder, DatasetFile.quarantine));
  for (const part of parts) {
    const rows = readRows(join(part.folder, DatasetFile.quarantine), quarantinedRowSchema);
    for await (const row of rows) {
      card.quarantine({ origin: row.origin, reason: row.reason, excerpt: row.excerpt });
      await file.write(row);
    }
  }
  await file.close();
}

function assertProvidersAnswered(parts: Part[], maxLossShare: number): void {
  const asked = parts.reduce((sum, { record }) => sum + record.askedCount, 0);
  const lost = parts.reduce((sum, { quarantinedCount }) => sum + quarantinedCount, 0);
  const where = `The reasons are in ${DatasetFile.quarantine} of the shards.`;
  assertFewRowsAreLost({ lost, asked, maxLossShare }, where);
}

function assertNoSplitIsEmpty(counts: Record<Split, number>, dropped: Map<string, number>): void {
  const empty = splits.filter((split) => counts[split] === 0);
  if (empty.length === 0) return;
  const reasons = [...dropped].map(([reason, count]) => `${reason} (${count})`).join(', ');
  throw new InputInvalidError(
    `No pair is left for ${empty.join(' and ')}; put aside: ${reasons || 'none'}. ` +
      'Give more prompts, or larger collect.validationShare and collect.testShare.',
  );
}

function summaryOf(card: DataCard): Record<string, number> {
  return {
    rows: card.rows.read,
    cleanRows: card.rows.clean,
    rejected: card.rows.read - card.pairs.total - card.quarantine.count,
    lostToProviders: card.quarantine.count,
    pairs: card.pairs.total,
    ...card.pairs.bySplit,
    ...card.pairs.byRoute,
    descriptionWords: card.words.x.mean,
    targetWords: card.words.y.mean,
    contentKept: card.contentKept,
  };
}

function sourceOf(position: SourcePosition): DataCard['sources'][number] {
  const { label, sha256, byteLength, rowCount } = position;
  const licence = licenceOfSource(label);
  return { source: label, sha256, byteLength, rows: rowCount, ...(licence && { licence }) };
}

/** Ensures that `folder` holds the data card in its three forms; the same card gives the same bytes. */
export async function writeCard(folder: string, card: DataCard): Promise<void> {
  await writeJson(join(folder, CardFile.json), card);
  await writeFile(join(folder, CardFile.page), renderDataCard(card));
  await writeFile(join(folder, CardFile.readme), renderDataCardMarkdown(card));
}
