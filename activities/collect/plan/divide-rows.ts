import { join } from 'node:path';
import type { CollectSettings } from '../../../recipe/sections/collect.js';
import type { PromptRow, RejectedRow } from '../../../contracts/records.js';
import { shardCountFor, shardFile, shardOf } from '../../paid-calls/shard-layout.js';
import type { PlannedRow } from '../../../dataset/dataset-files.js';
import { excerptOf } from '../../../dataset/sources/source-row.js';
import { openLineFile } from '../../../files/jsonl.js';
import { createRouteChooser, type RowCounts } from '../../../dataset/pairs/choose-route.js';

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
