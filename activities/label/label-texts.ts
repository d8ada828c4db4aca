import { join } from 'node:path';
import type { z } from 'zod';
import type { BurnishActivities } from '../../contracts/activities.js';
import { type LabelRow, labelRowSchema } from '../../contracts/records.js';
import { writeJsonl, readRows } from '../../files/jsonl.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { keyOf } from '../../text/random.js';
import { mean } from '../../text/statistics.js';
import type { StoreDependencies } from '../dependencies.js';
import { assertFewScoresAreLost } from '../paid/losses.js';
import { readScores, writeQuarantine, type TextToScore } from '../score/scored-texts.js';

/**
 * The activity that joins the chosen texts with their scores and stores the labels; a text the providers failed on is
 * left out.
 *
 * @throws RowLossExceededError if more than a tenth is lost.
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
    const what = { scores: 'scores', things: 'texts' };
    assertFewScoresAreLost(what, { lost, of: all.length }, quarantined);
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
  const summary: Record<string, number> = {
    labels: rows.length,
    validationLabels: labels.filter(({ split }) => split === 'validation').length,
    lostToProviders: lostCount,
    pickMean: mean(rows.map((row) => row.pick)),
    aestheticMean: mean(rows.map((row) => row.aesthetic)),
  };
  for (const kind of ['target', 'plain', 'sample', 'corrupted'] as const) {
    const own = rows.filter((row) => row.kind === kind);
    summary[`${kind}Labels`] = own.length;
    if (own.length > 0) summary[`${kind}PickMean`] = mean(own.map((row) => row.pick));
    if (own.length > 0) summary[`${kind}AestheticMean`] = mean(own.map((row) => row.aesthetic));
  }
  return summary;
}

/** A text to be scored: a label row without its scores. */
export const labelTextSchema = labelRowSchema.omit({ pick: true, aesthetic: true });
export type LabelText = z.infer<typeof labelTextSchema>;
export type LabelKind = LabelText['kind'];

/** The label rows' splits: `train` from training descriptions, `validation` from validation ones, none from test. */
export const labelSplits = ['train', 'validation'] as const;
export type LabelSplit = (typeof labelSplits)[number];

/** Name of a split's file in the artifact of texts. */
export function textsFile(split: LabelSplit): string {
  return `texts-${split}.jsonl`;
}

/** A text of a split, and what of it is scored. */
export interface SplitText {
  split: LabelSplit;
  text: LabelText;
  toScore: TextToScore;
}

/** The texts of an artifact of texts to label, in order. */
export async function readLabelTexts(folder: string): Promise<SplitText[]> {
  const all: SplitText[] = [];
  for (const split of labelSplits) {
    for await (const text of readRows(join(folder, textsFile(split)), labelTextSchema)) {
      all.push({ split, text, toScore: { x: text.x, y: text.y, rowKey: keyOf(text.rowId) } });
    }
  }
  return all;
}
