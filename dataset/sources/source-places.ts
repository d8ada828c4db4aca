import type { ObjectStore } from '../../storage/object-store.js';

/** Where sources are found. */
export interface SourcePlaces {
  store: ObjectStore;
  /** Folder that files from the store are copied to while they are read. */
  workFolder: string;
  /** Relative paths are taken from here and may not leave it. */
  rootFolder: string;
}
