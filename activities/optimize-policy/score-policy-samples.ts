import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { labelRowSchema } from '../../contracts/records.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { standardisationOf } from '../evaluate/standardise.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import type { StoreDependencies } from '../dependencies.js';
import { assertLittleIsLost, readScores, writeQuarantine } from '../score-texts/read-scores.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { readPolicySamples, sampleToScore } from './policy-samples.js';
import { scorerCurve, type ScorerCurveRow } from './scorer-curve.js';

/**
 * The activity that shows what the scorer itself says of a PPO run's samples beside the reward models.
 *
 * It @throws InputInvalidError if there are no samples or labels, RowLossExceededError if more than a tenth has no scores.
 */
export function createScorePolicySamples(
  dependencies: StoreDependencies,
): BurnishActivities['scorePolicySamples'] {
  const { store, cacheFolder } = dependencies;
  return async ({ metrics, labels, scores }) => {
    const metricsFolder = await readArtifact(store, metrics, cacheFolder);
    const labelsFolder = await readArtifact(store, labels, cacheFolder);
    const samples = await readPolicySamples(metricsFolder);
    const labelRows = await readAllRows(join(labelsFolder, 'train.jsonl'), labelRowSchema);
    if (samples.length === 0 || labelRows.length === 0) {
      throw new InputInvalidError(
        `Expected samples in ${metrics.uri} and labels in ${labels.uri}; found ${samples.length} and ${labelRows.length}.`,
      );
    }
    const { scoreOf, quarantined } = await readScores(dependencies, scores);
    // An empty text has no picture; the curve leaves its description out.
    const texts = samples.map(sampleToScore);
    const found = texts.map((text) => text && scoreOf(text));
    const of = texts.filter((text) => text !== undefined).length;
    const lost = of - found.filter((score) => score !== undefined).length;
    assertLittleIsLost({ scores: 'scores', things: 'samples' }, { lost, of }, quarantined);
    const curve = scorerCurve(samples, found, {
      pick: standardisationOf(labelRows.map((row) => row.pick)),
      aesthetic: standardisationOf(labelRows.map((row) => row.aesthetic)),
    });
    const ref = await withWorkFolder(cacheFolder, async (folder) => {
      await writeJsonl(join(folder, 'scorer-curve.jsonl'), curve);
      await writeQuarantine(folder, quarantined);
      return writeArtifact(store, 'metrics', folder);
    });
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
