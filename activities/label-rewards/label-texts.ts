import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import type { LabelRow } from '../../contracts/records.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { writeJsonl } from '../../files/jsonl.js';
import { assertLittleIsLost, readScores, writeQuarantine } from '../score-texts/read-scores.js';
import { withWorkFolder } from '../../files/work-folder.js';
import type { StoreDependencies } from '../dependencies.js';
import { labelSplits, readLabelTexts } from './label-text.js';

/**
 * The activity that joins the chosen texts with their scores and stores the labels; a text the providers failed on is
 * left out.
 *
 * It @throws RowLossExceededError if more than a tenth is lost.
 */
export function createLabelTexts(dependencies: StoreDependencies): BurnishActivities['labelTexts'] {
  const { store, cacheFolder } = dependencies;
  return async ({ texts, scores }) => {
    const all = await readLabelTexts(await readArtifact(store, texts, cacheFolder));
    const { scoreOf, quarantined } = await readScores(dependencies, scores);
    const labels = all.flatMap(({ split, text, toScore }) => {
      const score = scoreOf(toScore);
      return score === undefined ? [] : [{ split, row: { ...text, ...score } satisfies LabelRow }];
    });
    const lost = all.length - labels.length;
    assertLittleIsLost(
      { scores: 'scores', things: 'texts' },
      { lost, of: all.length },
      quarantined,
    );
    const ref = await withWorkFolder(cacheFolder, async (workFolder) => {
      for (const split of labelSplits) {
        const rows = labels.filter((label) => label.split === split).map((label) => label.row);
        await writeJsonl(join(workFolder, `${split}.jsonl`), rows);
      }
      await writeQuarantine(workFolder, quarantined);
      return writeArtifact(store, 'labels', workFolder);
    });
    return { labels: ref, summary: summarise(labels, lost) };
  };
}

function summarise(labels: { split: string; row: LabelRow }[], lostCount: number) {
  const rows = labels.map(({ row }) => row);
  const mean = (of: (row: LabelRow) => number, among = rows) =>
    among.length === 0 ? 0 : among.reduce((sum, row) => sum + of(row), 0) / among.length;
  const summary: Record<string, number> = {
    labels: rows.length,
    validationLabels: labels.filter(({ split }) => split === 'validation').length,
    lostToProviders: lostCount,
    pickMean: mean((row) => row.pick),
    aestheticMean: mean((row) => row.aesthetic),
  };
  for (const kind of ['target', 'plain', 'sample', 'corrupted'] as const) {
    const own = rows.filter((row) => row.kind === kind);
    summary[`${kind}Labels`] = own.length;
    if (own.length > 0) summary[`${kind}PickMean`] = mean((row) => row.pick, own);
    if (own.length > 0) summary[`${kind}AestheticMean`] = mean((row) => row.aesthetic, own);
  }
  return summary;
}
