import type { ProvidersSettings } from '../../recipe/sections/providers.js';
import type { ObjectStore } from '../../storage/object-store.js';
import type { PairProviders } from './shard/ask-providers.js';

export interface CollectDependencies {
  store: ObjectStore;
  /** Downloaded artifacts and work in hand. */
  cacheFolder: string;
  /** Clients of a recipe's providers; `simulated` names those whose answers are simulated. */
  providers: (
    settings: ProvidersSettings,
    options: { share: number },
  ) => PairProviders & { simulated: readonly string[] };
  /** Relative source paths are taken from here and may not leave it. Default: the working folder of the process. */
  rootFolder?: string;
}
