import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promptPairSchema } from '../../../contracts/records.js';
import type { Engine } from '../../../engine/process/client.js';
import { digestOf } from '../../../files/digest.js';
import { readRecords } from '../../../files/jsonl.js';
import { assertPlaceIsFree, placeFolder, replaceFolder } from '../../../files/whole-folder.js';
import { readRecipe } from '../../../recipe/read-recipe.js';
import type { Recipe } from '../../../recipe/recipe.js';
import { samplingSchema } from '../../../recipe/sections/ppo.js';
import { Stage } from '../../../recipe/stage.js';
import { readArtifact } from '../../../storage/artifacts.js';
import { mean } from '../../../text/statistics.js';
import { contentKept } from '../../../text/words.js';
import { RunFailedError, UsageError, type ExitCode } from '../../failures.js';
import { ownPath, withEngine, type Places } from '../../resources.js';
import type { RunSnapshot } from '../../runs/run-snapshot.js';
import { withRun } from '../../runs/with-run.js';
import type { Terminal } from '../../terminal/terminal.js';
import { baseCard, type KeptContent } from './base-card.js';

export interface PretrainOptions {
  /** Absent: `models/base` of the checkout. */
  out?: string;
  replace: boolean;
  terminal: Terminal;
}

/** What is measured of a base model: rows at most, words of a short prompt, and rows of a batch. */
const MOST_ROWS = 400;
const MOST_REAL_WORDS = 12;
const BATCH_SIZE = 32;
const greedy = samplingSchema.parse({ temperature: 0, repetitionPenalty: 1 });

/**
 * Trains a base model through the services, as any run, and puts it with its model card into a folder.
 *
 * @throws UsageError if the recipe does not stop after pretraining.
 * @throws PlaceTakenError if the folder holds something and is not to be replaced.
 */
export async function pretrain(
  givenPath: string | undefined,
  options: PretrainOptions,
): Promise<ExitCode> {
  const { terminal, replace } = options;
  const recipePath = givenPath ?? ownPath('recipes/pretrain.yaml');
  const recipe = await readRecipe(recipePath);
  if (recipe.pretrain === null || recipe.stopAfter !== Stage.pretrain) {
    throw new UsageError(
      `${recipePath} trains no base model: expected a section \`pretrain\` and \`stopAfter: pretrain\`.`,
    );
  }
  const target = resolve(options.out ?? ownPath('models/base'));
  if (!replace) await assertPlaceIsFree(target);
  return withRun(recipe, { keep: false, terminal }, async (snapshot, places) => {
    await exportBase(recipe, snapshot, { target, replace, places });
    terminal.print(`The base model is in ${target}`);
  });
}

/** Puts the trained model and its card into the folder, whole or not at all. */
async function exportBase(
  recipe: Recipe,
  snapshot: RunSnapshot,
  place: { target: string; replace: boolean; places: Places },
): Promise<void> {
  const statusOf = (stage: Stage) =>
    snapshot.progress?.stages.find((status) => status.stage === stage);
  const model = statusOf(Stage.pretrain)?.outputs?.['model'];
  const dataset = statusOf(Stage.collect)?.outputs?.['dataset'];
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
      summary: statusOf(Stage.pretrain)?.summary ?? {},
      kept,
      ...(keptBefore && { keptBefore }),
    });
    await writeFile(join(temporary, 'README.md'), card);
    await (place.replace ? replaceFolder : placeFolder)(temporary, place.target);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}

/** How much of a description a base model keeps before any fine-tuning; the same rows for every model of one dataset. */
async function measureKept(
  engine: Engine,
  folders: { model: string; dataset: string },
): Promise<KeptContent> {
  const rows = readRecords(join(folders.dataset, 'test.jsonl'), promptPairSchema);
  const kept = async (descriptions: string[]): Promise<{ mean: number; count: number }> => {
    const prompts = [...new Set(descriptions)].slice(0, MOST_ROWS);
    const { rows: texts } = await engine.run({
      kind: 'generate',
      modelFolder: folders.model,
      prompts,
      rowKeys: prompts.map((_, row) => row),
      seed: 0,
      sampling: greedy,
      batchSize: BATCH_SIZE,
    });
    const shares = texts.map(({ text }, row) => contentKept(prompts[row] ?? '', text));
    return { mean: mean(shares), count: shares.length };
  };
  const isReal = ({ route, x }: (typeof rows)[number]): boolean =>
    route === 'improved' && x.split(' ').length <= MOST_REAL_WORDS;
  return {
    heldOut: await kept(rows.map(({ x }) => x)),
    real: await kept(rows.filter(isReal).map(({ x }) => x)),
  };
}
