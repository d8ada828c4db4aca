import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { startInstallation } from '../../chaos/installation.js';
import { writeDiffusionDb } from '../../support/made-up/diffusiondb/write-metadata.js';
import { readCounts, runCollection, totalOf } from './run-collection.js';

const oldRows = 20_000;
const newRows = 1000;

/** A collection of old rows, then one of old and new rows: calls of the second. */
export async function measureIncremental(folder: string): Promise<string> {
  const parts = join(folder, 'parts');
  mkdirSync(parts);
  const installation = await startInstallation(join(folder, 'incremental'), 1);
  try {
    const recipe = { name: 'nightly', collect: { sources: [`${parts}/part-*.parquet`] } };
    writeDiffusionDb({ path: join(parts, 'part-1.parquet'), rowCount: oldRows, seed: 1 });
    const first = await runCollection(installation, 'first', recipe);
    const before = totalOf((await readCounts(installation)).answered);
    const second = { path: join(parts, 'part-2.parquet'), firstRow: oldRows, rowCount: newRows };
    writeDiffusionDb({ ...second, seed: 1 });
    const next = await runCollection(installation, 'second', recipe);
    const counts = await readCounts(installation);
    const made = totalOf(counts.answered) - before;
    return `${oldRows.toLocaleString('en')} rows: ${before.toLocaleString('en')} calls, ${first.seconds.toFixed(0)} s, ${first.card.pairs.total.toLocaleString('en')} pairs. With ${newRows.toLocaleString('en')} new rows: ${made.toLocaleString('en')} calls, ${totalOf(counts.repeated)} repeated, ${next.seconds.toFixed(0)} s, ${next.card.pairs.total.toLocaleString('en')} pairs.`;
  } finally {
    await installation.stop();
  }
}
