import { resolve } from 'node:path';
import { readArtifact } from '../storage/artifacts.js';
import { resolveVersion } from '../storage/registry.js';
import { ExitCode } from './failures.js';
import { assertPlaceIsFree, placeFolder } from '../files/whole-folder.js';
import { readPlaces } from './resources.js';
import type { Terminal } from './terminal.js';

/**
 * Copies a published model into a Hugging Face folder, whole or not at all.
 *
 * @throws PlaceTakenError if the folder holds something already; VersionMissingError if there is no such version.
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
