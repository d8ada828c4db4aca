import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { ArtifactRef } from '../contracts/artifact.js';
import { withWorkFolder } from '../files/work-folder.js';
import { writeArtifact } from './artifacts.js';
import type { ObjectStore } from './object-store.js';
import { keyIn } from './places.js';

/**
 * What lies under an `s3://bucket/prefix` address of the configured store, stored as a model once `check` has passed its files.
 *
 * @throws InputInvalidError if the address is of another store; whatever `check` throws.
 */
export async function storeModelPrefix(
  address: string,
  { store, cacheFolder }: { store: ObjectStore; cacheFolder: string },
  check: (folder: string, names: readonly string[]) => void,
): Promise<ArtifactRef> {
  const prefix = `${keyIn(address, store, 'Model').replace(/\/+$/, '')}/`;
  return withWorkFolder(cacheFolder, async (folder) => {
    const names: string[] = [];
    for await (const { key } of store.list(prefix)) {
      const name = key.slice(prefix.length);
      // A manifest is an artifact's own; the other files are what is wanted.
      if (name === '' || name === 'manifest.json') continue;
      if (name.split('/').some((segment) => segment === '..' || segment === '.')) continue;
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await store.getToFile(key, join(folder, name));
      names.push(name);
    }
    check(folder, names);
    return writeArtifact(store, 'model', folder);
  });
}
