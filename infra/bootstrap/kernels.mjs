import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError, outputOf, runLogged } from './command.mjs';
import { compilers } from './prerequisites.mjs';
import { describeLibtensorflow } from './tensorflow-addon.mjs';
import { isFinished, isLinkTo, provideTool, replaceLink, toolKey } from './tool-store.mjs';

const FLAGS = '-O3 -std=c++17 -fPIC -shared -fvisibility=hidden -Wno-psabi -pthread'.split(' ');
const HEADER = join('tensorflow', 'c', 'kernels_experimental.h');
/** @typedef {import('./tensorflow-addon.mjs').AddonOptions & { tools: string }} KernelOptions */

/** @param {string} project */
function sourcesOf(project) {
  const folder = join(project, 'engine', 'kernels');
  return readdirSync(folder)
    .filter((name) => /\.(?:cc|h)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/**
 * Flags of each library that there is for this kind of processor; engine/graph/kernels.ts loads the first that the
 * machine can run.
 * @param {string} project
 */
function variantsOf(project) {
  const path = join(project, 'engine', 'kernels', 'variants.json');
  /** @type {Record<string, string[]>} */
  const instructions = JSON.parse(readFileSync(path, 'utf8'));
  return Object.entries(instructions)
    .filter(([, names]) => names.length === 0 || process.arch === 'x64')
    .map(([name, names]) => ({ name, flags: names.map((instruction) => `-m${instruction}`) }));
}

/** @param {Pick<KernelOptions, 'project' | 'libtensorflow'>} options */
function kernelsKey({ project, libtensorflow }) {
  const sources = sourcesOf(project).map((path) => readFileSync(path, 'utf8'));
  const library = realpathSync(libtensorflow);
  return toolKey('kernels', { sources, flags: FLAGS, variants: variantsOf(project), library });
}

/**
 * Whether the operations of engine/kernels are compiled for this libtensorflow, or cannot be: an archive of the C
 * library may come without the headers for operations of one's own, and Burnish then runs without them, slower.
 * @param {Pick<KernelOptions, 'project' | 'store' | 'tools' | 'libtensorflow'>} options
 */
export function areKernelsReady(options) {
  try {
    if (!existsSync(join(describeLibtensorflow(options.libtensorflow).include, HEADER)))
      return true;
    const key = kernelsKey(options);
    const folder = join(options.store, 'tools', key);
    return isFinished(folder, key) && isLinkTo(folder, join(options.tools, 'kernels'));
  } catch {
    return false;
  }
}

/**
 * Compiles the operations of engine/kernels into an addon that registers them with TensorFlow.
 * @param {KernelOptions} options
 * @throws {BootstrapError} with the end of the compiler's log
 */
export async function installKernels(options) {
  const { project, store, tools, libtensorflow, log, environment } = options;
  const { include, library, aliases } = describeLibtensorflow(libtensorflow);
  const compiler = [environment['CXX'], ...compilers].find(
    (name) => name && outputOf([name, '--version'], environment),
  );
  if (!compiler)
    throw new BootstrapError(`No C++ compiler: expected CXX, ${compilers.join(' or ')}.`);
  const folder = await provideTool(store, kernelsKey(options), async (empty) => {
    for (const { name, flags } of variantsOf(project))
      await runLogged(
        [
          compiler,
          ...FLAGS,
          ...flags,
          `-I${include}`,
          ...sourcesOf(project).filter((path) => path.endsWith('.cc')),
          '-o',
          join(empty, `${name}.node`),
          `-L${library}`,
          aliases['libtensorflow_framework.so'] ?? '',
        ],
        { log, environment },
      );
  });
  replaceLink(folder, join(tools, 'kernels'));
}
