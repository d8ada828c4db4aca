import { join } from 'node:path';
import type { ActivityDependencies } from '../activities/dependencies.js';
import type { ProvidersSettings } from '../recipe/sections/providers.js';
import { createEngine, type Engine } from '../engine/process/client.js';
import { inheritVariables, type Environment } from '../infra/environment.js';
import { createProviders } from '../providers/providers.js';
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
    providers: (settings, { share }) =>
      createProviders(settings, {
        simulatorUrl: simulatorUrl(environment, settings),
        keys: environment.providerKeys,
        share,
      }),
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

function simulatorUrl({ simulatorUrl: url }: Environment, settings: ProvidersSettings): string {
  if (url !== undefined) return url;
  const { chat, captions, images, scores } = settings;
  if ([chat, captions, images, scores].every((one) => one.url !== 'simulator')) return '';
  throw new Error(
    'The recipe asks for the simulator and none runs: start it with `burnish up`, or set BURNISH_SIMULATOR_URL.',
  );
}
