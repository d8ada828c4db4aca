import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import { labelRowSchema } from '../../contracts/records.js';
import {
  evaluationSchema,
  heldOutPlanSchema,
  type Evaluation,
  evaluationMethods,
  type HeldOutRow,
} from '../../contracts/report.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import { readJson, writeJson } from '../../files/json.js';
import { withWorkFolder } from '../../files/work-folder.js';
import type { ProvidersSettings } from '../../recipe/sections/providers.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import type { StoreDependencies } from '../dependencies.js';
import { assertFewScoresAreLost } from '../paid/losses.js';
import { readScores, writeQuarantine, type ReadScores } from '../score/scored-texts.js';
import { createProgressReporter } from '../wrap-activity.js';
import { compareMethods } from './compare-methods.js';
import { readHeldOutRows, textToScore } from './held-out-texts.js';
import {
  measureTexts,
  type ScoredRow,
  PICK_WEIGHT,
  standardsOf,
  type MixStandards,
} from './measure-texts.js';

/**
 * The activity that compares the methods by their texts' scores and writes evaluation.json.
 *
 * @throws RowLossExceededError if more than a tenth of the descriptions is lost.
 */
export function createEvaluateTexts(
  dependencies: StoreDependencies,
): BurnishActivities['evaluateTexts'] {
  const { store, cacheFolder } = dependencies;
  return async (input) => {
    const reportProgress = createProgressReporter();
    const texts = await readArtifact(store, input.texts, cacheFolder);
    const labels = await readArtifact(store, input.labels, cacheFolder);
    const rows = await readHeldOutRows(texts);
    const plan = await readJson(join(texts, 'plan.json'), heldOutPlanSchema);
    const standards = await readStandards(join(labels, 'train.jsonl'));
    const { seed, settings, providers } = input;
    const scores = await readScores(dependencies, input.scores);
    const measured = measureTexts(scoreMethods(rows, scores), standards);
    const resamples = settings.bootstrapResamples;
    reportProgress({ resamples });
    const compared = await compareMethods(measured, { resamples, seed });
    const evaluation: Evaluation = evaluationSchema.parse({
      version: 1,
      seed,
      descriptionCount: measured.length,
      lostCount: rows.length - measured.length,
      bootstrapResamples: resamples,
      imagesPerPrompt: settings.imagesPerPrompt,
      sampling: plan.sampling,
      tail: plan.tail,
      scores: originOfScores(providers),
      mixed: { pickWeight: PICK_WEIGHT, ...standards },
      ...compared,
    });
    return withWorkFolder(cacheFolder, async (folder) => {
      await writeJson(join(folder, 'evaluation.json'), evaluation);
      await writeJsonl(join(folder, 'texts.jsonl'), measured);
      await writeQuarantine(folder, scores.quarantined);
      return {
        evaluation: await writeArtifact(store, 'evaluation', folder),
        summary: summariseEvaluation(evaluation),
      };
    });
  };
}

/** The scorer's model, and whether pictures or scores come from the offline stand-in. */
export function originOfScores({ images, scores }: ProvidersSettings): Evaluation['scores'] {
  const simulated = images.url === 'simulator' || scores.url === 'simulator';
  return { simulated, model: scores.model };
}

async function readStandards(path: string): Promise<MixStandards> {
  const labels = await readAllRows(path, labelRowSchema);
  if (labels.length === 0) throw new InputInvalidError(`${path}: expected labels, found none`);
  return standardsOf(labels);
}

/**
 * The descriptions with the scores of every method's text.
 *
 * A description with a text the providers failed on is left out for all methods, so that the comparison stays paired.
 * @throws RowLossExceededError if more than a tenth is lost.
 */
export function scoreMethods(
  rows: readonly HeldOutRow[],
  { scoreOf, quarantined }: ReadScores,
): ScoredRow[] {
  const kept = rows.flatMap((row) => {
    const entries = evaluationMethods.map(
      (method) => [method, scoreOf(textToScore(row, method))] as const,
    );
    if (entries.some(([, scores]) => scores === undefined)) return [];
    return [{ ...row, scores: Object.fromEntries(entries) as ScoredRow['scores'] }];
  });
  const what = { scores: "every method's scores", things: 'descriptions' };
  assertFewScoresAreLost(what, { lost: rows.length - kept.length, of: rows.length }, quarantined);
  return kept;
}

const SHOWN_METRICS = ['mixed', 'contentKept', 'words', 'endedByItself'] as const;

/**
 * The few numbers of an evaluation that the command line shows: `<method>/<metric>`, and for differences of the mix
 * `<of>-minus-<against>/{mean,low,high}`.
 */
export function summariseEvaluation(evaluation: Evaluation): Record<string, number> {
  const summary: Record<string, number> = { descriptions: evaluation.descriptionCount };
  for (const { method, metrics } of evaluation.methods) {
    for (const metric of SHOWN_METRICS) {
      const interval = metrics[metric];
      if (interval) summary[`${method}/${metric}`] = interval.mean;
    }
  }
  for (const { of, against, metrics } of evaluation.differences) {
    if (!metrics.mixed) continue;
    const { mean, low, high } = metrics.mixed;
    Object.assign(summary, {
      [`${of}-minus-${against}/mean`]: mean,
      [`${of}-minus-${against}/low`]: low,
      [`${of}-minus-${against}/high`]: high,
    });
  }
  return summary;
}
