import { mapInParallel } from './file-set.js';
import type { ObjectStore, UnfinishedUpload } from './object-store.js';
import { StoreRefusedError } from './store-errors.js';

/**
 * The unfinished uploads to keys that start with the prefix; none where the store does not let them be listed.
 *
 * Listing them is a permission of its own on some servers, and what cannot be listed costs space only.
 */
export async function findUnfinishedUploads(
  store: ObjectStore,
  prefix: string,
): Promise<UnfinishedUpload[]> {
  const uploads: UnfinishedUpload[] = [];
  try {
    for await (const upload of store.listUploads(prefix)) uploads.push(upload);
  } catch (error) {
    if (!(error instanceof StoreRefusedError)) throw error;
  }
  return uploads;
}

/** Gives up the unfinished uploads under the prefix that are over, as far as the store allows it. */
export async function abortUploads(
  store: ObjectStore,
  prefix: string,
  isOver: (upload: UnfinishedUpload) => boolean,
): Promise<void> {
  const over = (await findUnfinishedUploads(store, prefix)).filter(isOver);
  await mapInParallel(over, async (upload) => {
    try {
      await store.abortUpload(upload);
    } catch (error) {
      if (!(error instanceof StoreRefusedError)) throw error;
    }
  });
}
