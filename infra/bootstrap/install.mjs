import { readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { stopRunningCommands } from './command.mjs';
import { areKernelsReady, installKernels } from './kernels.mjs';
import { withLock } from './lock.mjs';
import { areNodePackagesReady, installNodePackages } from './node-packages.mjs';
import {
  checkPrerequisites,
  findExternalServices,
  findProgram,
  listPrerequisites,
} from './prerequisites.mjs';
import { buildS3Gateway } from './s3-gateway.mjs';
import { describeLibtensorflow, installAddon, isAddonReady } from './tensorflow-addon.mjs';
import { isFinished, isLinkTo, provideTool, replaceLink, toolKey } from './tool-store.mjs';
import { unpackWheel } from './wheel.mjs';

/** @type {typeof import('./pins.json')} */
const pins = JSON.parse(readFileSync(new URL('pins.json', import.meta.url), 'utf8'));

/** @typedef {import('./paths.mjs').BootstrapPaths} BootstrapPaths */
/** @typedef {{ name: string, isReady: () => boolean, install: () => Promise<void> }} Part */

/** The parts of an installation; the addon needs packages and libtensorflow, the kernels need the latter. */
class Parts {
  /**
   * @param {BootstrapPaths} paths
   * @param {NodeJS.ProcessEnv} environment
   */
  constructor(paths, environment) {
    this.paths = paths;
    this.environment = environment;
    this.ownLibrary = environment['BURNISH_LIBTENSORFLOW'];
    this.libraryKey = toolKey('libtensorflow', pins.wheels.libtensorflow);
    this.libraryFolder = this.ownLibrary
      ? resolve(this.ownLibrary)
      : join(paths.store, 'tools', this.libraryKey, 'tensorflow');
  }

  /** @param {string} name */
  #log(name) {
    return join(this.paths.logs, `bootstrap-${name}`);
  }

  /** @param {keyof typeof pins.wheels} name @param {string} folder */
  #unpack(name, folder) {
    const { environment } = this;
    const { downloads } = this.paths;
    return unpackWheel(pins.wheels[name], folder, { downloads, log: this.#log(name), environment });
  }

  /** The programs that the user does not bring along as services. */
  programs() {
    const external = findExternalServices(this.environment);
    return [
      ...(external.s3 ? [] : [this.#gateway()]),
      ...(external.temporal ? [] : [this.#temporal()]),
    ];
  }

  #gateway() {
    const { environment } = this;
    const { store, downloads } = this.paths;
    return this.#program('versitygw', pins.goModules.versitygw, (folder) =>
      buildS3Gateway(folder, { pins, store, downloads, log: this.#log('versitygw'), environment }),
    );
  }

  #temporal() {
    const pin = pins.wheels.temporal;
    return this.#program('temporal', pin, async (folder) => {
      await this.#unpack('temporal', folder);
      const [member = ''] = pin.unpack;
      renameSync(join(folder, member), join(folder, 'temporal'));
      rmSync(join(folder, dirname(dirname(member))), { recursive: true });
    });
  }

  /**
   * A program: the user's own on PATH, else one from the store.
   * @param {string} name
   * @param {unknown} pin
   * @param {(folder: string) => Promise<void>} build
   * @returns {Part}
   */
  #program(name, pin, build) {
    const { tools, store } = this.paths;
    const key = toolKey(name, pin);
    const folder = join(store, 'tools', key);
    const link = join(tools, 'bin', name);
    const own = findProgram(name, this.environment['PATH'], [tools, store]);
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
  }

  /** @returns {Part} */
  libtensorflow() {
    const { ownLibrary, libraryFolder, libraryKey } = this;
    const link = join(this.paths.tools, 'libtensorflow');
    return {
      name: 'libtensorflow',
      isReady: () =>
        isLinkTo(libraryFolder, link) &&
        (ownLibrary !== undefined || isFinished(dirname(libraryFolder), libraryKey)),
      install: async () => {
        if (ownLibrary) describeLibtensorflow(libraryFolder);
        else
          await provideTool(this.paths.store, libraryKey, (folder) =>
            this.#unpack('libtensorflow', folder),
          );
        replaceLink(libraryFolder, link);
      },
    };
  }

  /** @returns {Part} */
  packages() {
    const { environment } = this;
    const { project, store } = this.paths;
    return {
      name: 'node packages',
      isReady: () => areNodePackagesReady(project),
      install: () =>
        installNodePackages({ project, store, log: `${this.#log('npm')}.log`, environment }),
    };
  }

  /** @returns {Part} */
  addon() {
    const options = this.#compilation('addon');
    return {
      name: 'TensorFlow addon',
      isReady: () => isAddonReady(options),
      install: () => installAddon(options),
    };
  }

  /** @returns {Part} */
  kernels() {
    const options = this.#compilation('kernels');
    return {
      name: 'TensorFlow operations',
      isReady: () => areKernelsReady(options),
      install: () => installKernels(options),
    };
  }

  /** @param {string} name of what is compiled against libtensorflow */
  #compilation(name) {
    const { paths, environment, libraryFolder: libtensorflow } = this;
    return { ...paths, libtensorflow, log: `${this.#log(name)}.log`, environment };
  }
}

/**
 * Ensures that everything Burnish needs is installed; does nothing when it is.
 * @param {BootstrapPaths} paths
 * @param {NodeJS.ProcessEnv} environment
 * @param {() => import('./progress.mjs').Progress} startProgress called only if there is something to install
 * @throws {import('./command.mjs').BootstrapError}
 */
export async function installEverything(paths, environment, startProgress) {
  const parts = new Parts(paths, environment);
  const [packages, libtensorflow] = [parts.packages(), parts.libtensorflow()];
  const [addon, kernels, programs] = [parts.addon(), parts.kernels(), parts.programs()];
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
    checkPrerequisites(listPrerequisites(pins.minimum));
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
