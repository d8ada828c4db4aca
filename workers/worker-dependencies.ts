import { join } from 'node:path';
import type { ActivityDependencies } from '../activities/index.js';
import type { ProvidersSettings } from '../contracts/recipe/providers.js';
import { createEngine, type Engine } from '../engine/process/client.js';
import { inheritVariables, type Environment } from '../infra/environment.js';
import { createProviders, type Providers } from '../providers/providers.js';
import type { ObjectStore } from '../storage/object-store.js';

export interface WorkerDependencies extends ActivityDependencies {
  /** Ends the engine process, if one was started. */
  close(): Promise<void>;
}

/** What activities need, made once a process and no earlier than asked for. */
export function createDependencies(
  environment: Environment,
  options: { store: ObjectStore; log: (line: string) => void },
): WorkerDependencies {
  const cacheFolder = environment.paths.cache;
  let engine: Engine | undefined;
  return {
    store: options.store,
    cacheFolder,
    providers: rememberedProviders(environment),
    engine: () =>
      (engine ??= createEngine({
        stallMs: environment.engineStallSeconds * 1000,
        threads: environment.threads,
        cacheFolder: join(cacheFolder, 'engine'),
        log: options.log,
        environment: inheritVariables({}),
      })),
    close: async () => engine?.close(),
  };
}

/**
 * One set of clients for equal settings, so that all activities of this process share its rate limits; an activity that
 * has its part of the limits has clients of its own.
 */
function rememberedProviders(
  environment: Environment,
): (settings: ProvidersSettings, options?: { share: number }) => Providers {
  const known = new Map<string, Providers>();
  return (settings, options) => {
    const key = JSON.stringify(settings);
    const found = options?.share === undefined ? known.get(key) : undefined;
    if (found) return found;
    const made = createProviders(settings, {
      simulatorUrl: simulatorUrl(environment, settings),
      keys: environment.providerKeys,
      ...options,
    });
    if (options?.share === undefined) known.set(key, made);
    return made;
  };
}

function simulatorUrl({ simulatorUrl: url }: Environment, settings: ProvidersSettings): string {
  if (url !== undefined) return url;
  const { chat, captions, images, scores } = settings;
  if ([chat, captions, images, scores].every((one) => one.url !== 'simulator')) return '';
  throw new Error(
    'The recipe asks for the simulator and none runs: start it with `burnish up`, or set BURNISH_SIMULATOR_URL.',
  );
}
