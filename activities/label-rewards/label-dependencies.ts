import type { Engine } from '../../engine/process/client.js';
import type { ObjectStore } from '../../storage/object-store.js';

export interface LabelDependencies {
  store: ObjectStore;
  /** Downloaded artifacts and work in hand. */
  cacheFolder: string;
  engine: () => Engine;
}
