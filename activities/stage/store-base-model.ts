import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { artifactRefSchema, type ArtifactRef } from '../../contracts/artifact.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { readBloomConfig } from '../../engine/weights/bloom-config.js';
import { mergeAdapter } from '../../engine/weights/merge-adapter.js';
import {
  assertModel,
  assertModelFiles,
  assertTokenizerOfModel,
} from '../../engine/weights/model-files.js';
import { reuseArtifact, writeArtifact } from '../../storage/artifacts.js';
import { digestOf } from '../../files/digest.js';
import { storeModelPrefix } from '../../storage/store-prefix.js';
import { insideRoot, parsePlace } from '../../storage/places.js';
import { writeWholeFile } from '../../files/whole-file.js';
import { withWorkFolder } from '../../files/work-folder.js';
import type { ActivityDependencies } from '../dependencies.js';

/** Models that come with Burnish. */
const bundledFolder = fileURLToPath(new URL('../../models/', import.meta.url));

/**
 * The Hugging Face folder a recipe starts from, stored as an artifact: `bundled:NAME`, a path, or `s3://bucket/prefix`.
 *
 * With `adapter`, a local folder of a PEFT adapter, the base is stored merged with it. A folder whose files have not changed in name, size and time since it was last stored is not read again.
 * @throws InputInvalidError, ModelFolderError or TokenizerError if it is no model folder that can be used.
 */
export async function storeBaseModel(
  { base, adapter }: { base: string; adapter: string | null },
  places: Pick<ActivityDependencies, 'store' | 'cacheFolder' | 'rootFolder'>,
): Promise<ArtifactRef> {
  const root = places.rootFolder ?? process.cwd();
  if (base.startsWith('s3://') && adapter === null)
    return storeModelPrefix(base, places, (folder, names) => assertModel(base, folder, names));
  if (base.startsWith('s3://'))
    throw new InputInvalidError(
      `Model ${base}: an adapter is merged into a base given as a path or bundled:NAME. Copy the base to a folder.`,
    );
  const folder = await localFolder(base, root);
  if (adapter !== null) {
    const adapterFolder = await localFolder(adapter, root);
    return withWorkFolder(places.cacheFolder, async (result) => {
      mergeAdapter({ base: folder, adapter: adapterFolder, result });
      assertTokenizerOfModel(result);
      return writeArtifact(places.store, 'model', result);
    });
  }
  const fingerprint = await fingerprintOf(base, folder);
  const memo = join(places.cacheFolder, 'base-models', `${fingerprint}.json`);
  const known = await recall(memo);
  if (known && (await reuseArtifact(places.store, known))) return known;
  assertTokenizerOfModel(folder);
  const ref = await writeArtifact(places.store, 'model', folder);
  await mkdir(dirname(memo), { recursive: true });
  await writeWholeFile(memo, JSON.stringify(ref));
  return ref;
}

async function localFolder(base: string, rootFolder: string): Promise<string> {
  const place = parsePlace(base, {
    what: 'Model',
    bundled: { noun: 'model', folder: bundledFolder },
    unknownScheme: 'has an unknown scheme; expected bundled:NAME, s3://bucket/prefix or a path.',
  });
  return 'bundled' in place ? place.bundled : insideRoot(base, rootFolder, `Model ${base}`);
}

async function fingerprintOf(base: string, folder: string): Promise<string> {
  let names: string[];
  try {
    names = await readdir(folder);
  } catch (cause) {
    throw new InputInvalidError(
      `Model ${base} cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}); expected a Hugging Face folder of a BLOOM model.`,
      { cause },
    );
  }
  assertModelFiles(base, names);
  // Throws ModelFolderError for a model that Burnish cannot run.
  readBloomConfig(folder);
  const files = [];
  for (const name of (await readdir(folder, { recursive: true })).sort()) {
    const { size, mtimeMs } = await stat(join(folder, name));
    files.push({ name, size, mtimeMs });
  }
  return digestOf({ folder, files });
}

async function recall(memo: string): Promise<ArtifactRef | undefined> {
  try {
    return artifactRefSchema.parse(JSON.parse(await readFile(memo, 'utf8')));
  } catch {
    return undefined;
  }
}
