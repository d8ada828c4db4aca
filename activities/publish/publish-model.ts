import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { BurnishActivities, PublishInput } from '../../contracts/activities.js';
import type { ArtifactRef } from '../../contracts/artifact.js';
import { promptPairSchema, splits } from '../../contracts/records.js';
import {
  evaluationSchema,
  type Evaluation,
  type EvaluationMethod,
} from '../../contracts/report.js';
import { canonicalJson } from '../../files/digest.js';
import { readAllRows } from '../../files/jsonl.js';
import { readJson } from '../../files/json.js';
import { withWorkFolder } from '../../files/work-folder.js';
import type { PublishSettings } from '../../recipe/sections/evaluate.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { pinCheckpoint } from '../../storage/checkpoint-commit.js';
import { moveAlias, publishVersion } from '../../storage/registry.js';
import type { StoreDependencies } from '../dependencies.js';
import { summariseEvaluation } from '../evaluate/evaluate-texts.js';
import { modelCard } from './model-card.js';

/**
 * The activity that stores the policy under a version of its own, with its card, and points the alias to it unless a
 * threshold objects.
 */
export function createPublishModel(
  dependencies: StoreDependencies,
): BurnishActivities['publishModel'] {
  const { store, cacheFolder } = dependencies;
  return async (input) => {
    const { settings } = input;
    const folder = await readArtifact(store, input.evaluation, cacheFolder);
    const evaluation = await readJson(join(folder, 'evaluation.json'), evaluationSchema);
    const now = new Date().toISOString();
    const { version } = await publishVersion(store, {
      name: settings.name,
      policy: await writePolicy(dependencies, input, evaluation),
      recipeDigest: input.recipe.digest,
      evaluation: summariseEvaluation(evaluation),
      runId: input.runId,
      createdAt: now,
    });
    if (input.checkpoint) await pinCheckpoint(store, input.checkpoint, version);
    if (settings.alias === null) {
      return {
        version,
        aliasMoved: false,
        message: `Published ${version}; no alias was asked for.`,
      };
    }
    const objections = aliasObjections(evaluation, settings);
    if (objections.length > 0) {
      const message = `Published ${version}; the alias ${settings.alias} was not moved: ${objections.join('; ')}.`;
      return { version, aliasMoved: false, message };
    }
    const alias = await moveAlias(store, {
      name: settings.name,
      alias: settings.alias,
      version,
      movedAt: now,
      reason: `published by ${input.workflowId}`,
    });
    const earlier = alias.history.at(-2)?.version;
    const message = `Published ${version}; the alias ${settings.alias} points to it${earlier === undefined ? '' : ` (before: ${earlier})`}.`;
    return { version, aliasMoved: true, message };
  };
}

/** The trained folder with card and recipe beside the weights; the same bytes for the same model, of every run that made it. */
async function writePolicy(
  { store, cacheFolder }: StoreDependencies,
  input: PublishInput,
  evaluation: Evaluation,
): Promise<ArtifactRef> {
  const trained = await readArtifact(store, input.policy, cacheFolder);
  const dataset = await readArtifact(store, input.dataset, cacheFolder);
  const pairCounts = { train: 0, validation: 0, test: 0 };
  for (const split of splits) {
    pairCounts[split] = (
      await readAllRows(join(dataset, `${split}.jsonl`), promptPairSchema)
    ).length;
  }
  const card = modelCard({
    recipe: input.recipe.recipe,
    recipeDigest: input.recipe.digest,
    evaluation,
    datasetDigest: input.dataset.digest,
    evaluationDigest: input.evaluation.digest,
    pairCounts,
  });
  return withWorkFolder(cacheFolder, async (folder) => {
    await cp(trained, folder, { recursive: true });
    // The copies may be read-only, as the cache is.
    for (const name of ['README.md', 'recipe.json']) await rm(join(folder, name), { force: true });
    await writeFile(join(folder, 'README.md'), card);
    await writeFile(join(folder, 'recipe.json'), `${canonicalJson(input.recipe.recipe)}\n`);
    return writeArtifact(store, 'model', folder);
  });
}

/** Why the alias must not move to the policy of this evaluation, one sentence each; empty if it may. */
export function aliasObjections(
  evaluation: Evaluation,
  settings: Pick<PublishSettings, 'minContentKept' | 'maxContentLoss'>,
): string[] {
  const kept = keptBy(evaluation, 'ppo');
  const before = keptBy(evaluation, 'sft');
  if (kept === undefined || before === undefined) {
    return ['the evaluation has no content kept for SFT and PPO'];
  }
  const objections: string[] = [];
  if (kept < settings.minContentKept) {
    objections.push(
      `content kept is ${kept.toFixed(3)}, below minContentKept ${settings.minContentKept}`,
    );
  }
  if (before - kept > settings.maxContentLoss) {
    objections.push(
      `content kept fell from ${before.toFixed(3)} to ${kept.toFixed(3)}, by more than maxContentLoss ${settings.maxContentLoss}`,
    );
  }
  return objections;
}

function keptBy(evaluation: Evaluation, method: EvaluationMethod): number | undefined {
  const result = evaluation.methods.find((found) => found.method === method);
  return result?.metrics.contentKept?.mean;
}
