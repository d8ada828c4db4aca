import { cancellationSignal } from '@temporalio/activity';
import { join } from 'node:path';
import type { ScoreActivities } from '../../contracts/activities.js';
import type { LabelRow } from '../../contracts/records.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { digestOf } from '../../storage/digest.js';
import { keyOf } from '../../text/random.js';
import { readAllRows, writeJsonl } from '../jsonl.js';
import { withWorkFolder } from '../work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import type { LabelDependencies } from './label-dependencies.js';
import { labelSplits, labelTextSchema, textsFile, type LabelText } from './label-text.js';
import { dropParts, scoreInChunks } from './score-in-chunks.js';

/**
 * The activity that has the chosen texts scored and stores the labels; a text the providers fail on is left out.
 *
 * It @throws RowLossExceededError if more than a tenth is lost.
 */
export function createLabelTexts(
  dependencies: Pick<LabelDependencies, 'store' | 'cacheFolder' | 'providers'>,
): ScoreActivities['labelTexts'] {
  const { store, cacheFolder } = dependencies;
  return async ({ settings, providers, seed, texts }) => {
    const reportProgress = createProgressReporter();
    const folder = await readArtifact(store, texts, cacheFolder);
    const all: { split: string; text: LabelText }[] = [];
    for (const split of labelSplits) {
      const rows = await readAllRows(join(folder, textsFile(split)), labelTextSchema);
      all.push(...rows.map((text) => ({ split, text })));
    }
    const { imagesPerPrompt } = settings;
    const identity = digestOf({ texts: texts.digest, providers, seed, imagesPerPrompt });
    const parts = { store, prefix: `work/label-texts/${identity}` };
    const scores = await scoreInChunks(
      dependencies.providers(providers),
      all.map(({ text }) => ({ x: text.x, y: text.y, rowKey: keyOf(text.rowId) })),
      {
        seed,
        imagesPerPrompt,
        parts,
        signal: cancellationSignal(),
        onProgress: (doneCount) => {
          reportProgress({ doneCount, rowCount: all.length });
        },
      },
    );
    const labels = all.flatMap(({ split, text }, index) => {
      const score = scores[index];
      return score === undefined ? [] : [{ split, row: { ...text, ...score } satisfies LabelRow }];
    });
    const ref = await withWorkFolder(cacheFolder, async (workFolder) => {
      for (const split of labelSplits) {
        const rows = labels.filter((label) => label.split === split).map((label) => label.row);
        await writeJsonl(join(workFolder, `${split}.jsonl`), rows);
      }
      return writeArtifact(store, 'labels', workFolder);
    });
    await dropParts(parts, all.length);
    return { labels: ref, summary: summarise(labels, all.length - labels.length) };
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
