import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runLogged } from './command.mjs';
import { findProgram } from './prerequisites.mjs';

/** @typedef {{ version?: string, integrity?: string, optional?: boolean, link?: boolean, peer?: boolean }} LockedPackage */

/**
 * Whether node_modules holds what the lockfile asks for. npm writes its hidden lockfile last, so an interrupted
 * installation does not pass.
 * @param {string} project
 */
export function areNodePackagesReady(project) {
  const wanted = readLockfile(join(project, 'package-lock.json'));
  const installed = readLockfile(join(project, 'node_modules', '.package-lock.json'));
  if (!wanted || !installed) return false;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    // Optional packages for other platforms are listed but not installed.
    if (!found) return optional === true;
    return found.version === version && found.integrity === integrity;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage> | undefined}
 */
function readLockfile(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

/**
 * The npm of the running Node: as [program, ...parameters], and the folder npm is installed in.
 * @param {NodeJS.ProcessEnv} environment
 */
export function locateNpm(environment) {
  const script = environment['npm_execpath'];
  if (script?.endsWith('npm-cli.js') && existsSync(script))
    return { command: [process.execPath, script], folder: dirname(dirname(script)) };
  const found = findProgram('npm', environment['PATH'], []);
  const folder = found && dirname(dirname(realpathSync(found)));
  return { command: [found ?? 'npm'], folder };
}

/**
 * Installs what the lockfile says, without running the packages' install scripts.
 * @param {{ project: string, store: string, log: string, environment: NodeJS.ProcessEnv }} options
 */
export async function installNodePackages({ project, store, log, environment }) {
  const { command } = locateNpm(environment);
  const options =
    '--ignore-scripts --include=dev --include=optional --no-fund --no-audit --loglevel=error';
  await runLogged([...command, 'ci', ...options.split(' ')], {
    cwd: project,
    log,
    environment: { ...environment, npm_config_cache: join(store, 'npm') },
  });
}
