import type { Engine } from '../engine/process/client.js';
import type { Providers } from '../providers/providers.js';
import type { ProvidersSettings } from '../recipe/sections/providers.js';
import type { ObjectStore } from '../storage/object-store.js';

/**
 * What activities need of the process that runs them. Each takes the parts it uses, and names the clients it calls where
 * those are fewer than all.
 */
export interface ActivityDependencies<Clients = Providers> {
  store: ObjectStore;
  /** Verified downloads and work in hand. */
  cacheFolder: string;
  /** The process that computes; started at its first job. */
  engine: () => Engine;
  /** Clients of a recipe's providers, with a shard's part of their limits, 0 to 1. */
  providers: (settings: ProvidersSettings, options: { share: number }) => Clients;
  /** Relative paths of a recipe are taken from here and may not leave it. Default: the working folder of the process. */
  rootFolder?: string;
}

/** What every activity that reads or writes artifacts needs. */
export type StoreDependencies = Pick<ActivityDependencies, 'store' | 'cacheFolder'>;
