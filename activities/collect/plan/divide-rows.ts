import { join } from 'node:path';
import type { CollectSettings } from '../../../contracts/recipe/collect.js';
import type { PromptRow, RejectedRow } from '../../../contracts/records.js';
import { bucketOf } from '../../paid-calls/log-name.js';
import { shardFile, type PlannedRow } from '../dataset-files.js';
import { excerptOf } from '../sources/source-row.js';
import { openLineFile } from './line-file.js';
import { createRouteChooser, type RowCounts } from './choose-route.js';

/**
 * Rows of a shard at most, up to the largest count of shards: what a worker holds in memory. Between two shards a part of
 * the providers' limits is idle for about half a second.
 */
const rowsPerShard = 5000;
/** More would make the history of a collection long. */
const maxShards = 256;
/** Fewer would leave places of the window idle, most of all at the end. */
const minShards = 8;
/** Below this a shard is not worth its activity. */
const smallestShard = 100;

/** How many shards rows are divided into: a power of two, so that a shard of more rows is cut in halves. */
export function shardCountFor(rowCount: number): number {
  const wanted = Math.max(rowCount / rowsPerShard, Math.min(minShards, rowCount / smallestShard));
  return Math.min(maxShards, 2 ** Math.max(0, Math.ceil(Math.log2(wanted))));
}

/** The shard's part of the buckets, as binary digits. */
export function shardBits(shardIndex: number, shardCount: number): string {
  const digits = Math.log2(shardCount);
  return digits === 0 ? '' : shardIndex.toString(2).padStart(digits, '0');
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
  const digits = Math.log2(shardCount);
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
    const index = digits === 0 ? 0 : Number.parseInt(bucketOf(row.id).slice(0, digits), 2);
    await files[index]?.write(planned);
    ordinal += 1;
  }
  await Promise.all(files.map((file) => file.close()));
  return { shardCount };
}
