import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { BootstrapError, runLogged } from './command.mjs';
import { locateNpm } from './node-packages.mjs';
import { isLinkTo, provideTool, replaceLink, toolKey } from './tool-store.mjs';

const binding = join('lib', 'napi-v8', 'tfjs_binding.node');
const stamp = join('lib', 'napi-v8', 'burnish-addon.json');

/**
 * Where headers and libraries are in a libtensorflow folder: of a wheel, or of the C library's archive.
 * @param {string} folder
 * @throws {BootstrapError} if one of them is missing
 */
export function describeLibtensorflow(folder) {
  const include = join(folder, 'include');
  const library = existsSync(join(folder, 'lib')) ? join(folder, 'lib') : folder;
  const advice =
    'BURNISH_LIBTENSORFLOW names a folder with `include` and the libraries, in `lib` or beside it.';
  const linked = {
    'libtensorflow.so': ['libtensorflow.so', 'libtensorflow_cc.so.2', 'libtensorflow.so.2'],
    'libtensorflow_framework.so': ['libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
  };
  /** @type {Record<string, string>} */
  const aliases = {};
  for (const [alias, names] of Object.entries(linked)) {
    const name = names.find((candidate) => existsSync(join(library, candidate)));
    if (!name)
      throw new BootstrapError(
        `No libtensorflow in ${folder}: expected ${names.join(' or ')} in ${library}. ${advice}`,
      );
    aliases[alias] = join(library, name);
  }
  if (!existsSync(join(include, 'tensorflow', 'c', 'c_api.h')))
    throw new BootstrapError(
      `No libtensorflow headers in ${folder}: expected include/tensorflow/c/c_api.h. ${advice}`,
    );
  return { include, library, aliases };
}

/**
 * @typedef {object} AddonOptions
 * @property {string} project
 * @property {string} store
 * @property {string} libtensorflow folder with headers and libraries
 * @property {string} log
 * @property {NodeJS.ProcessEnv} environment
 */

/** @param {string} project */
function addonPackage(project) {
  return join(project, 'node_modules', '@tensorflow', 'tfjs-node-gpu');
}

/** @param {Pick<AddonOptions, 'project' | 'libtensorflow'>} options */
function addonKey({ project, libtensorflow }) {
  const { version } = JSON.parse(readFileSync(join(addonPackage(project), 'package.json'), 'utf8'));
  // Finished tools live under a folder named by digest, so the real path tells one libtensorflow from another.
  const source = createHash('sha256').update(realpathSync(libtensorflow)).digest('hex');
  return toolKey('tensorflow-addon', { version, source });
}

/**
 * Whether the native addon is in node_modules, built for this libtensorflow.
 * @param {Pick<AddonOptions, 'project' | 'libtensorflow'>} options
 */
export function isAddonReady(options) {
  try {
    const folder = addonPackage(options.project);
    const { include, library } = describeLibtensorflow(options.libtensorflow);
    return (
      existsSync(join(folder, binding)) &&
      JSON.parse(readFileSync(join(folder, stamp), 'utf8')).key === addonKey(options) &&
      isLinkTo(library, join(folder, 'deps', 'lib')) &&
      isLinkTo(include, join(folder, 'deps', 'include'))
    );
  } catch {
    return false;
  }
}

/**
 * Puts the native addon into node_modules, building it unless the store has it.
 * @param {AddonOptions} options
 */
export async function installAddon(options) {
  const folder = addonPackage(options.project);
  const key = addonKey(options);
  const { include, library } = describeLibtensorflow(options.libtensorflow);
  // Directory links: a library found through a file link would lose its own $ORIGIN search paths.
  replaceLink(include, join(folder, 'deps', 'include'));
  replaceLink(library, join(folder, 'deps', 'lib'));
  const tool = await provideTool(options.store, key, (empty) => buildAddon(empty, options));
  mkdirSync(dirname(join(folder, binding)), { recursive: true });
  const temporary = join(folder, `${binding}.${process.pid}`);
  copyFileSync(join(tool, 'tfjs_binding.node'), temporary);
  renameSync(temporary, join(folder, binding));
  writeFileSync(join(folder, stamp), JSON.stringify({ key }));
}

/**
 * @param {string} empty gets the built addon
 * @param {AddonOptions} options
 */
async function buildAddon(empty, { project, store, libtensorflow, log, environment }) {
  const folder = addonPackage(project);
  const { aliases } = describeLibtensorflow(libtensorflow);
  const aliasFolder = join(empty, 'link');
  mkdirSync(aliasFolder);
  for (const [alias, target] of Object.entries(aliases))
    symlinkSync(target, join(aliasFolder, alias));
  const prefix = dirname(dirname(process.execPath));
  const hasHeaders = existsSync(join(prefix, 'include', 'node', 'node.h'));
  const programs = join(project, 'node_modules', '.bin');
  const npmFolder = locateNpm(environment).folder ?? '';
  const nodeGyp = join(npmFolder, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const build = [join(programs, 'node-pre-gyp'), 'install', '--build-from-source'];
  await runLogged([process.execPath, ...build], {
    cwd: folder,
    log,
    environment: {
      ...environment,
      PATH: `${programs}:${environment['PATH'] ?? ''}`,
      LDFLAGS: `-L${aliasFolder}`,
      npm_config_devdir: join(store, 'node-gyp'),
      ...(existsSync(nodeGyp) && { npm_config_node_gyp: nodeGyp }),
      ...(hasHeaders && { npm_config_nodedir: prefix }),
    },
  });
  copyFileSync(join(folder, binding), join(empty, 'tfjs_binding.node'));
  for (const leftover of ['build', 'build-tmp-napi-v8'])
    rmSync(join(folder, leftover), { recursive: true, force: true });
  rmSync(aliasFolder, { recursive: true });
}
