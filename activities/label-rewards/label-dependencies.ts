import type { ProvidersSettings } from '../../contracts/recipe/providers.js';
import type { Engine } from '../../engine/process/client.js';
import type { Providers } from '../../providers/providers.js';
import type { ObjectStore } from '../../storage/object-store.js';

export interface LabelDependencies {
  store: ObjectStore;
  /** Downloaded artifacts and work in hand. */
  cacheFolder: string;
  engine: () => Engine;
  providers: (settings: ProvidersSettings) => Pick<Providers, 'scoreTexts'>;
}
