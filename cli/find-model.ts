import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { assertModelFiles, assertTokenizerOfModel } from '../engine/weights/usable-model.js';
import { InputInvalidError } from '../files/input-invalid-error.js';
import { readArtifact } from '../storage/artifacts.js';
import type { ObjectStore } from '../storage/object-store.js';
import { resolveVersion } from '../storage/registry.js';
import { storePrefix } from '../storage/store-prefix.js';
import { UsageError } from './failures.js';
import { readPlaces, type Places } from './resources.js';

const defaultName = 'burnish';
const defaultAlias = 'production';

/**
 * Returns a local folder with the model: a path as it is, `s3://bucket/prefix` from the configured store, anything else from the registry.
 *
 * A path has a separator in it, or exists; then no server is asked.
 * @throws UsageError if the folder is no model.
 * @throws VersionMissingError if nothing was published under the name.
 */
export async function findModelFolder(
  model: string | undefined,
  places: () => Pick<Places, 'store' | 'cacheFolder'> = readPlaces,
): Promise<string> {
  if (model?.startsWith('s3://')) return fetchFromStore(model, places());
  if (model !== undefined) {
    const folder = await findLocalFolder(model);
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
    const ref = await storePrefix(address, places, {
      kind: 'model',
      label: 'Model',
      check: (folder, names) => {
        assertModelFiles(address, names);
        assertTokenizerOfModel(folder);
      },
    });
    return await readArtifact(places.store, ref, places.cacheFolder);
  } catch (error) {
    if (error instanceof InputInvalidError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

async function findLocalFolder(model: string): Promise<string | undefined> {
  const folder = resolve(model);
  const isThere = await exists(folder);
  if (!isThere && !/[/\\]/.test(model)) return undefined;
  if (isThere && (await exists(join(folder, 'config.json')))) return folder;
  throw new UsageError(
    `${model} is not a model folder: expected config.json, tokenizer.json and model.safetensors in it, found ${isThere ? 'no config.json' : 'no such folder'}.`,
  );
}

/**
 * Returns the one model to use when none is named: `burnish`, or the only one there is.
 *
 * @throws UsageError naming the models to choose from.
 */
export function chooseModel(names: string[]): string {
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

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch {
    return false;
  }
}
