import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScoreActivities } from '../../contracts/activities.js';
import { InputInvalidError } from '../../contracts/errors.js';
import { labelRowSchema } from '../../contracts/records.js';
import {
  evaluationSchema,
  heldOutPlanSchema,
  heldOutRowSchema,
  type Evaluation,
} from '../../contracts/report.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { keyOf } from '../../text/random.js';
import { readAllRows, writeJsonl } from '../jsonl.js';
import { withWorkFolder } from '../work-folder.js';
import { compareMethods } from './compare-methods.js';
import type { EvaluateDependencies } from './evaluate-dependencies.js';
import { summariseEvaluation } from './evaluation-summary.js';
import { measureTexts } from './measure-texts.js';
import { scoreMethods } from './score-methods.js';
import { PICK_WEIGHT, standardisationOf, type MixStandards } from './standardise.js';
import { withHeartbeats } from './with-heartbeats.js';

/** The activity that scores every method's texts and writes evaluation.json. */
export function createEvaluateTexts(
  dependencies: Pick<EvaluateDependencies, 'store' | 'cacheFolder' | 'providers'>,
): ScoreActivities['evaluateTexts'] {
  const { store, cacheFolder } = dependencies;
  return (input) =>
    withHeartbeats(async (heartbeats) => {
      const texts = await readArtifact(store, input.texts, cacheFolder);
      const labels = await readArtifact(store, input.labels, cacheFolder);
      const rows = await readAllRows(join(texts, 'texts.jsonl'), heldOutRowSchema);
      const plan = heldOutPlanSchema.parse(
        JSON.parse(await readFile(join(texts, 'plan.json'), 'utf8')),
      );
      const standards = await standardsOf(join(labels, 'train.jsonl'));
      const scored = await scoreMethods(rows, {
        scorer: dependencies.providers(input.providers),
        seed: input.seed,
        imagesPerPrompt: input.settings.imagesPerPrompt,
        heartbeats,
      });
      const measured = measureTexts(scored.rows, scored.scores, standards);
      heartbeats.report({ resamples: input.settings.bootstrapResamples });
      const compared = await compareMethods(measured, {
        resamples: input.settings.bootstrapResamples,
        seed: input.seed,
      });
      const evaluation: Evaluation = evaluationSchema.parse({
        version: 1,
        seed: input.seed,
        descriptionCount: measured.length,
        lostCount: rows.length - measured.length,
        bootstrapResamples: input.settings.bootstrapResamples,
        imagesPerPrompt: input.settings.imagesPerPrompt,
        sampling: plan.sampling,
        tail: plan.tail,
        scores: {
          simulated: input.providers.scores.url === 'simulator',
          model: input.providers.scores.model,
        },
        mixed: { pickWeight: PICK_WEIGHT, ...standards },
        ...compared,
      });
      return withWorkFolder(cacheFolder, async (folder) => {
        await writeFile(
          join(folder, 'evaluation.json'),
          `${JSON.stringify(evaluation, null, 2)}\n`,
        );
        await writeJsonl(join(folder, 'texts.jsonl'), measured);
        return {
          evaluation: await writeArtifact(store, 'evaluation', folder),
          summary: summariseEvaluation(evaluation),
        };
      });
    });
}

async function standardsOf(path: string): Promise<MixStandards> {
  const labels = await readAllRows(path, labelRowSchema);
  if (labels.length === 0) throw new InputInvalidError(`${path}: expected labels, found none`);
  return {
    pick: standardisationOf(labels.map((row) => row.pick)),
    aesthetic: standardisationOf(labels.map((row) => row.aesthetic)),
  };
}
