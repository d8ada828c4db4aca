import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { readRecipe } from '../recipe/read-recipe.js';
import { Stage } from '../recipe/stage.js';
import type { Recipe } from '../recipe/recipe.js';
import { createEngine, type Engine } from '../engine/process/client.js';
import { inheritVariables } from '../infra/environment.js';
import { connectEnvironment } from '../infra/services/connect-environment.js';
import { readArtifact } from '../storage/artifacts.js';
import { digestOf } from '../files/digest.js';
import { ExitCode, RunFailedError, UsageError } from './failures.js';
import { withInterrupt } from './interrupt.js';
import { assertPlaceIsFree, placeFolder, replaceFolder } from '../files/whole-folder.js';
import { baseCard } from './pretrain/base-card.js';
import { measureKept } from './pretrain/measure-kept.js';
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
 * @throws UsageError if the recipe does not stop after pretraining; PlaceTakenError if the folder holds something.
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
  const { store, cacheFolder } = place.places;
  const source = await readArtifact(store, model, cacheFolder);
  const data = await readArtifact(store, dataset, cacheFolder);
  const before = place.replace && existsSync(join(place.target, 'model.safetensors'));
  const { kept, keptBefore } = await withEngine(async (engine) => ({
    kept: await measureKept(engine, { model: source, dataset: data }),
    keptBefore: before
      ? await measureKept(engine, { model: place.target, dataset: data })
      : undefined,
  }));
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
      kept,
      ...(keptBefore && { keptBefore }),
    });
    await writeFile(join(temporary, 'README.md'), card);
    await (place.replace ? replaceFolder : placeFolder)(temporary, place.target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

async function withEngine<Result>(use: (engine: Engine) => Promise<Result>): Promise<Result> {
  const { threads, paths } = connectEnvironment();
  const engine = createEngine({
    threads,
    cacheFolder: join(paths.cache, 'engine'),
    log: () => undefined,
    environment: inheritVariables({}),
  });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}
