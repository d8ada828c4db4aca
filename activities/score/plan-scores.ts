import { join } from 'node:path';
import type { BurnishActivities, TextsToScore } from '../../contracts/activities.js';
import { evaluationMethods } from '../../contracts/report.js';
import type { ShardPlan } from '../../contracts/shards.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { readHeldOutRows, textToScore } from '../evaluate/held-out-texts.js';
import { writeJsonl } from '../../files/jsonl.js';
import { readLabelTexts } from '../label/label-texts.js';
import { readPolicySamples, sampleToScore } from './score-policy-samples.js';
import { shardCountFor, shardFile, shardOf } from '../paid/shard-layout.js';
import { findSpending } from '../paid/spending.js';
import { withWorkFolder } from '../../files/work-folder.js';
import type { StoreDependencies } from '../dependencies.js';
import { textId, type TextRow, type TextToScore } from './scored-texts.js';

const readTexts: Record<TextsToScore, (folder: string) => Promise<TextToScore[]>> = {
  labels: async (folder) => (await readLabelTexts(folder)).map(({ toScore }) => toScore),
  evaluation: async (folder) =>
    (await readHeldOutRows(folder)).flatMap((row) =>
      evaluationMethods.map((method) => textToScore(row, method)),
    ),
  samples: async (folder) =>
    (await readPolicySamples(folder)).flatMap((sample) => sampleToScore(sample) ?? []),
};

/** The activity that divides texts into shards by a hash of what they are, equal ones once, and counts what was paid before. */
export function createPlanScores({
  store,
  cacheFolder,
}: StoreDependencies): BurnishActivities['planScores'] {
  return async ({ of, texts, stageKey }) => {
    const rows = new Map<string, TextRow>();
    for (const text of await readTexts[of](await readArtifact(store, texts, cacheFolder))) {
      const id = textId(text);
      rows.set(id, { id, ...text });
    }
    const shardCount = shardCountFor(rows.size);
    const shards = Array.from({ length: shardCount }, (): TextRow[] => []);
    for (const row of rows.values()) shards[shardOf(row.id, shardCount)]?.push(row);
    const ref = await withWorkFolder(cacheFolder, async (folder) => {
      for (const [index, shard] of shards.entries()) {
        await writeJsonl(join(folder, shardFile(index)), shard);
      }
      return writeArtifact(store, 'labels', folder);
    });
    const before = await findSpending(store, { kind: 'scores', stageKey, shardCount });
    return { rows: ref, shardCount, rowCount: rows.size, ...before } satisfies ShardPlan;
  };
}
