import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { ProvidersSettings } from '../../recipe/sections/providers.js';
import { labelRowSchema } from '../../contracts/records.js';
import { evaluationSchema, heldOutPlanSchema, type Evaluation } from '../../contracts/report.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import { readScores, writeQuarantine } from '../score-texts/read-scores.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { createProgressReporter } from '../wrap-activity.js';
import { compareMethods } from './compare-methods.js';
import type { StoreDependencies } from '../dependencies.js';
import { summariseEvaluation } from './evaluation-summary.js';
import { measureTexts } from './measure-texts.js';
import { readHeldOutRows } from './held-out-rows.js';
import { scoreMethods } from './score-methods.js';
import { PICK_WEIGHT, standardisationOf, type MixStandards } from './standardise.js';

/**
 * The activity that compares the methods by their texts' scores and writes evaluation.json.
 *
 * It @throws RowLossExceededError if more than a tenth of the descriptions is lost.
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
    const plan = heldOutPlanSchema.parse(
      JSON.parse(await readFile(join(texts, 'plan.json'), 'utf8')),
    );
    const standards = await standardsOf(join(labels, 'train.jsonl'));
    const { seed, settings, providers } = input;
    const scores = await readScores(dependencies, input.scores);
    const scored = scoreMethods(rows, scores);
    const measured = measureTexts(scored, standards);
    reportProgress({ resamples: settings.bootstrapResamples });
    const compared = await compareMethods(measured, {
      resamples: settings.bootstrapResamples,
      seed,
    });
    const evaluation: Evaluation = evaluationSchema.parse({
      version: 1,
      seed,
      descriptionCount: measured.length,
      lostCount: rows.length - measured.length,
      bootstrapResamples: settings.bootstrapResamples,
      imagesPerPrompt: settings.imagesPerPrompt,
      sampling: plan.sampling,
      tail: plan.tail,
      scores: {
        simulated: hasSimulatedScores(providers),
        model: providers.scores.model,
      },
      mixed: { pickWeight: PICK_WEIGHT, ...standards },
      ...compared,
    });
    return withWorkFolder(cacheFolder, async (folder) => {
      await writeFile(join(folder, 'evaluation.json'), `${JSON.stringify(evaluation, null, 2)}\n`);
      await writeJsonl(join(folder, 'texts.jsonl'), measured);
      await writeQuarantine(folder, scores.quarantined);
      return {
        evaluation: await writeArtifact(store, 'evaluation', folder),
        summary: summariseEvaluation(evaluation),
      };
    });
  };
}

/** True if pictures or scores come from the offline stand-in. */
export function hasSimulatedScores({ images, scores }: ProvidersSettings): boolean {
  return images.url === 'simulator' || scores.url === 'simulator';
}

async function standardsOf(path: string): Promise<MixStandards> {
  const labels = await readAllRows(path, labelRowSchema);
  if (labels.length === 0) throw new InputInvalidError(`${path}: expected labels, found none`);
  return {
    pick: standardisationOf(labels.map((row) => row.pick)),
    aesthetic: standardisationOf(labels.map((row) => row.aesthetic)),
  };
}
