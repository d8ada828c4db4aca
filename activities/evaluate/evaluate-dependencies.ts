import type { Engine } from '../../engine/process/client.js';
import type { ObjectStore } from '../../storage/object-store.js';

export interface EvaluateDependencies {
  store: ObjectStore;
  cacheFolder: string;
  engine: () => Engine;
}
