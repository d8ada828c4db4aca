import type { SourceSetting } from '../../recipe/sections/collect.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { openSources } from './open-source.js';

/**
 * SHA-256 of every file of the sources, in the order they are read: a stage key must hold them beside the recipe, which
 * only names them, and a new part of a folder must change it.
 *
 * @throws InputInvalidError if a source cannot be used.
 */
export async function digestSources(
  sources: readonly SourceSetting[],
  places: { store: ObjectStore; cacheFolder: string; rootFolder?: string },
): Promise<string[]> {
  const { store, cacheFolder, rootFolder = process.cwd() } = places;
  // Digests of objects are taken as they stream by; nothing is copied.
  const opened = await openSources(sources, { store, workFolder: cacheFolder, rootFolder });
  const digests: string[] = [];
  for (const source of opened) digests.push((await source.digest()).sha256);
  return digests;
}
