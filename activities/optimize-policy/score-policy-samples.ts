import { cancellationSignal } from '@temporalio/activity';
import { join } from 'node:path';
import type { ScoreActivities } from '../../contracts/activities.js';
import { InputInvalidError } from '../../contracts/errors.js';
import { labelRowSchema, policySampleSchema } from '../../contracts/records.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { digestOf } from '../../storage/digest.js';
import { keyOf } from '../../text/random.js';
import { standardisationOf } from '../evaluate/standardise.js';
import { readAllRows, writeJsonl } from '../jsonl.js';
import type { LabelDependencies } from '../label-rewards/label-dependencies.js';
import { dropParts, scoreInChunks } from '../label-rewards/score-in-chunks.js';
import { withWorkFolder } from '../work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import { scorerCurve, type ScorerCurveRow } from './scorer-curve.js';

/**
 * The activity that has a PPO run's samples scored by the scorer itself, to show it beside the reward models.
 *
 * It @throws InputInvalidError if there are no samples or labels, RowLossExceededError if a tenth cannot be scored.
 */
export function createScorePolicySamples(
  dependencies: Pick<LabelDependencies, 'store' | 'cacheFolder' | 'providers'>,
): ScoreActivities['scorePolicySamples'] {
  const { store, cacheFolder } = dependencies;
  return async ({ providers, seed, imagesPerPrompt, metrics, labels }) => {
    const reportProgress = createProgressReporter();
    const metricsFolder = await readArtifact(store, metrics, cacheFolder);
    const labelsFolder = await readArtifact(store, labels, cacheFolder);
    const samples = await readAllRows(join(metricsFolder, 'samples.jsonl'), policySampleSchema);
    const labelRows = await readAllRows(join(labelsFolder, 'train.jsonl'), labelRowSchema);
    if (samples.length === 0 || labelRows.length === 0) {
      throw new InputInvalidError(
        `Expected samples in ${metrics.uri} and labels in ${labels.uri}; found ${samples.length} and ${labelRows.length}.`,
      );
    }
    const identity = digestOf({ metrics: metrics.digest, providers, seed, imagesPerPrompt });
    const parts = { store, prefix: `work/policy-samples/${identity}` };
    // An empty text has no picture; the curve leaves its description out.
    const scorable = samples.flatMap((sample, index) =>
      sample.y === '' ? [] : [{ sample, index }],
    );
    const found = await scoreInChunks(
      dependencies.providers(providers),
      scorable.map(({ sample }) => ({ x: sample.x, y: sample.y, rowKey: keyOf(sample.rowId) })),
      {
        seed,
        imagesPerPrompt,
        parts,
        signal: cancellationSignal(),
        onProgress: (doneCount) => {
          reportProgress({ doneCount, rowCount: scorable.length });
        },
      },
    );
    const scores = new Array<(typeof found)[number]>(samples.length).fill(undefined);
    for (const [place, { index }] of scorable.entries()) scores[index] = found[place];
    const curve = scorerCurve(samples, scores, {
      pick: standardisationOf(labelRows.map((row) => row.pick)),
      aesthetic: standardisationOf(labelRows.map((row) => row.aesthetic)),
    });
    const ref = await withWorkFolder(cacheFolder, async (folder) => {
      await writeJsonl(join(folder, 'scorer-curve.jsonl'), curve);
      return writeArtifact(store, 'metrics', folder);
    });
    await dropParts(parts, scorable.length);
    return { curve: ref, summary: summarise(curve) };
  };
}

function summarise(curve: ScorerCurveRow[]): Record<string, number> {
  const first = curve[0];
  const last = curve.at(-1);
  if (first === undefined || last === undefined) return { curvePoints: 0 };
  return {
    curvePoints: curve.length,
    scorerFirst: first.scorer,
    scorerLast: last.scorer,
    rewardModelFirst: first.rewardModel,
    rewardModelLast: last.rewardModel,
    contentKeptFirst: first.contentKept,
    contentKeptLast: last.contentKept,
  };
}
