import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readRecipe } from '../activities/recipe/read-recipe.js';
import { Stage } from '../contracts/names.js';
import type { Recipe } from '../contracts/recipe/recipe.js';
import { readArtifact } from '../storage/artifacts.js';
import { digestOf } from '../storage/digest.js';
import { ExitCode, RunFailedError, UsageError } from './failures.js';
import { withInterrupt } from './interrupt.js';
import { assertPlaceIsFree, placeFolder, replaceFolder } from './place-folder.js';
import { baseCard } from './pretrain/base-card.js';
import { ownPath, withRuns, type Places } from './resources.js';
import { concludeRun } from './run/conclude-run.js';
import type { RunSnapshot } from './run/run-snapshot.js';
import { superviseRun } from './run/supervised-run.js';
import { withServices } from './services-session.js';
import type { Terminal } from './terminal.js';

export interface PretrainOptions {
  /** Absent: `models/base` of the checkout. */
  out?: string;
  replace: boolean;
  terminal: Terminal;
}

/**
 * Trains a base model through the services, as any run, and puts it with its model card into a folder.
 *
 * @throws UsageError if the recipe does not stop after pretraining, or the folder holds something.
 */
export async function pretrain(
  givenPath: string | undefined,
  options: PretrainOptions,
): Promise<ExitCode> {
  const { terminal } = options;
  const recipePath = givenPath ?? ownPath('recipes/pretrain.yaml');
  const recipe = await readRecipe(recipePath);
  if (recipe.pretrain === null || recipe.stopAfter !== Stage.pretrain) {
    throw new UsageError(
      `${recipePath} trains no base model: expected a section \`pretrain\` and \`stopAfter: pretrain\`.`,
    );
  }
  const target = resolve(options.out ?? ownPath('models/base'));
  if (!options.replace) await assertPlaceIsFree(target);
  const patient = (): void => {
    terminal.note('\nStopping what was started.');
  };
  return withInterrupt(
    (signal) =>
      withServices({ keep: false, terminal }, () =>
        withRuns(async ({ client, places }) => {
          const workflowId = `${recipe.name}-${digestOf(recipe).slice(0, 8)}`;
          const snapshot = await superviseRun(client, recipe, { workflowId, terminal, signal });
          if (snapshot === undefined) return ExitCode.detached;
          await concludeRun(client, snapshot, { terminal, json: false, ...places });
          await exportBase(recipe, snapshot, { target, replace: options.replace, places });
          terminal.print(`The base model is in ${target}`);
          return ExitCode.ok;
        }),
      ),
    { patient },
  );
}

/** Puts the trained model and its card into the folder, whole or not at all. */
async function exportBase(
  recipe: Recipe,
  snapshot: RunSnapshot,
  place: { target: string; replace: boolean; places: Places },
): Promise<void> {
  const outputsOf = (stage: Stage) =>
    snapshot.progress?.stages.find((status) => status.stage === stage)?.outputs;
  const model = outputsOf(Stage.pretrain)?.['model'];
  const dataset = outputsOf(Stage.collect)?.['dataset'];
  if (model === undefined || dataset === undefined) {
    throw new RunFailedError(`${snapshot.workflowId} completed without a model. See its report.`);
  }
  const source = await readArtifact(place.places.store, model, place.places.cacheFolder);
  await mkdir(dirname(place.target), { recursive: true });
  const temporary = await mkdtemp(join(dirname(place.target), '.base-'));
  try {
    await replaceFolder(source, temporary);
    const weights = await readFile(join(temporary, 'model.safetensors'));
    const card = baseCard({
      recipe,
      recipeDigest: digestOf(recipe),
      datasetDigest: dataset.digest,
      modelDigest: model.digest,
      weightsSha256: createHash('sha256').update(weights).digest('hex'),
      weightsBytes: weights.byteLength,
      summary:
        snapshot.progress?.stages.find(({ stage }) => stage === Stage.pretrain)?.summary ?? {},
    });
    await writeFile(join(temporary, 'README.md'), card);
    await (place.replace ? replaceFolder : placeFolder)(temporary, place.target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
