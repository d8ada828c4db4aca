import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the checkout. */
export const projectFolder = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/**
 * Folders that bootstrap writes to; `store` holds finished tools and may be shared between clones.
 * @param {string} project folder of the checkout
 * @param {NodeJS.ProcessEnv} environment
 */
export function bootstrapPaths(project, environment) {
  const root = join(project, '.burnish');
  const shared = environment['BURNISH_CACHE'];
  const store = shared ? resolve(shared) : join(root, 'cache');
  return {
    project,
    root,
    tools: join(root, 'tools'),
    logs: join(root, 'logs'),
    store,
    downloads: join(store, 'downloads'),
  };
}

/** @typedef {ReturnType<typeof bootstrapPaths>} BootstrapPaths */
