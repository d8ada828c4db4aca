import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { assertModel } from '../../engine/weights/model-files.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { assertPlaceIsFree, placeFolder } from '../../files/whole-folder.js';
import { samplingSchema } from '../../recipe/sections/ppo.js';
import { readArtifact } from '../../storage/artifacts.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { resolveVersion } from '../../storage/registry.js';
import { storeModelPrefix } from '../../storage/store-prefix.js';
import { ExitCode, UsageError } from '../failures.js';
import { readPlaces, withEngine, type Places } from '../resources.js';
import { printTexts } from '../terminal/print-texts.js';
import type { Terminal } from '../terminal/terminal.js';

export interface GenerateOptions {
  n: number;
  seed: number;
  /** Absent: the model behind `production`. */
  model?: string;
  temperature: number;
  json: boolean;
  terminal: Terminal;
}

const defaultName = 'burnish';
const defaultAlias = 'production';

/** Rows drawn side by side; they are printed before the next ones are drawn. */
const rowsAtOnce = 16;

/**
 * Prints `n` rewrites of a description, on a screen while they are written.
 *
 * The engine is a child of this process, so a model in a folder needs no server.
 *
 * @throws UsageError if the model is no model folder, or the description is empty.
 */
export async function generate(description: string, options: GenerateOptions): Promise<ExitCode> {
  const { n, seed, terminal } = options;
  const text = description.trim().replaceAll(/\s+/g, ' ');
  if (text === '') throw new UsageError('The description is empty. Give a few words in quotes.');
  const modelFolder = await findModelFolder(options.model);
  const sampling = samplingSchema.parse({ temperature: options.temperature });
  return withEngine(async (engine) => {
    for (let first = 0; first < n; first += rowsAtOnce) {
      const rowKeys = Array.from(
        { length: Math.min(rowsAtOnce, n - first) },
        (_, row) => first + row,
      );
      const stream = terminal.isInteractive && !options.json;
      const printed = printTexts(terminal);
      const { rows } = await engine.run(
        {
          kind: 'generate',
          modelFolder,
          prompts: rowKeys.map(() => text),
          rowKeys,
          seed,
          sampling,
          batchSize: rowKeys.length,
          stream,
        },
        { onText: printed.grow },
      );
      for (const [index, row] of rows.entries()) {
        if (options.json) terminal.print(JSON.stringify({ index: first + index, seed, ...row }));
        else printed.end(index, row.text);
      }
    }
    return ExitCode.ok;
  });
}

/**
 * Copies a published model into a Hugging Face folder, whole or not at all.
 *
 * @throws PlaceTakenError if the folder holds something already.
 * @throws VersionMissingError if there is no such version.
 */
export async function exportModel(
  reference: string,
  folder: string,
  terminal: Terminal,
): Promise<ExitCode> {
  const place = resolve(folder);
  await assertPlaceIsFree(place);
  const { store, cacheFolder } = readPlaces();
  const { version, policy } = await resolveVersion(store, reference);
  await placeFolder(await readArtifact(store, policy, cacheFolder), place);
  terminal.print(`${version} is in ${place}`);
  return ExitCode.ok;
}

/**
 * Returns a local folder with the model: a path as it is, `s3://bucket/prefix` from the configured store, any other text
 * from the registry.
 *
 * A text is a path if it has a separator in it or exists; no server is asked for a path.
 * @throws UsageError if the folder is no model.
 * @throws VersionMissingError if nothing was published under the name.
 */
export async function findModelFolder(
  model: string | undefined,
  places: () => Pick<Places, 'store' | 'cacheFolder'> = readPlaces,
): Promise<string> {
  if (model?.startsWith('s3://')) return fetchFromStore(model, places());
  if (model !== undefined) {
    const folder = findLocalFolder(model);
    if (folder !== undefined) return folder;
  }
  const { store, cacheFolder } = places();
  const reference = model ?? `${chooseModel(await listAliased(store))}@${defaultAlias}`;
  const { policy } = await resolveVersion(store, reference);
  return readArtifact(store, policy, cacheFolder);
}

async function fetchFromStore(
  address: string,
  places: Pick<Places, 'store' | 'cacheFolder'>,
): Promise<string> {
  try {
    const ref = await storeModelPrefix(address, places, (folder, names) =>
      assertModel(address, folder, names),
    );
    return await readArtifact(places.store, ref, places.cacheFolder);
  } catch (error) {
    if (error instanceof InputInvalidError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

function findLocalFolder(model: string): string | undefined {
  const folder = resolve(model);
  const isThere = existsSync(folder);
  if (!isThere && !/[/\\]/.test(model)) return undefined;
  if (isThere && existsSync(join(folder, 'config.json'))) return folder;
  throw new UsageError(
    `${model} is not a model folder: expected config.json, tokenizer.json and model.safetensors in it, found ${isThere ? 'no config.json' : 'no such folder'}.`,
  );
}

/**
 * Returns the one model to use when none is named: `burnish`, or the only one there is.
 *
 * @throws UsageError naming the models to choose from.
 */
function chooseModel(names: string[]): string {
  if (names.includes(defaultName)) return defaultName;
  const [only, ...others] = names;
  if (only === undefined) {
    throw new UsageError(
      'No model is in production yet. Run a recipe that publishes one (`npm run demo`), or name a folder with --model.',
    );
  }
  if (others.length === 0) return only;
  const choices = names.map((name) => `--model ${name}@${defaultAlias}`).join(', ');
  throw new UsageError(`Several models are in production. Name one: ${choices}.`);
}

/** Names whose alias `production` is set, in order. */
async function listAliased(store: ObjectStore): Promise<string[]> {
  const names: string[] = [];
  for await (const { key } of store.list('registry/')) {
    const name = /^registry\/([^/]+)\/aliases\/([^/]+)\.json$/.exec(key);
    if (name?.[1] !== undefined && name[2] === defaultAlias) names.push(name[1]);
  }
  return names.sort();
}
