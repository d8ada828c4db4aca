import { sha256OfFile } from '../../../storage/digest.js';
import { withWorkFolder } from '../../work-folder.js';
import type { CollectDependencies } from '../collect-dependencies.js';
import { openSource } from './open-source.js';

/**
 * SHA-256 of every source's bytes, in the recipe's order: a stage key must hold them beside the recipe, which only names
 * the files.
 *
 * @throws InputInvalidError if a source cannot be used.
 */
export function digestSources(
  sources: readonly string[],
  dependencies: Pick<CollectDependencies, 'store' | 'cacheFolder' | 'rootFolder'>,
): Promise<string[]> {
  const { store, cacheFolder, rootFolder = process.cwd() } = dependencies;
  return withWorkFolder(cacheFolder, async (workFolder) => {
    const digests: string[] = [];
    for (const source of sources) {
      const { path } = await openSource(source, { store, workFolder, rootFolder });
      digests.push(await sha256OfFile(path));
    }
    return digests;
  });
}
