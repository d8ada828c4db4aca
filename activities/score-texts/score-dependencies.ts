import type { ProvidersSettings } from '../../recipe/sections/providers.js';
import type { Providers } from '../../providers/providers.js';
import type { ObjectStore } from '../../storage/object-store.js';

export interface ScoreDependencies {
  store: ObjectStore;
  /** Downloaded artifacts and work in hand. */
  cacheFolder: string;
  /** Clients of a recipe's providers. */
  providers: (
    settings: ProvidersSettings,
    options: { share: number },
  ) => Pick<Providers, 'images' | 'scores'>;
}
