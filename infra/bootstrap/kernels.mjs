import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { BootstrapError } from './bootstrap-error.mjs';
import { outputOf, runLogged } from './command.mjs';
import { describeLibtensorflow } from './tensorflow-addon.mjs';
import { isFinished, isLinkTo, provideTool, replaceLink, toolKey } from './tool-store.mjs';

const FLAGS = [
  '-O3',
  '-std=c++17',
  '-fPIC',
  '-shared',
  '-fvisibility=hidden',
  '-Wno-psabi',
  '-pthread',
];
const HEADER = join('tensorflow', 'c', 'kernels_experimental.h');
const X86 = process.arch === 'x64';

/**
 * One library for each kind of processor; engine/graph/kernels.ts loads the first that the machine can run.
 * @type {Record<string, string[]>}
 */
const VARIANTS = {
  ...(X86 && {
    avx512: ['-mavx2', '-mfma', '-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl'],
    avx2: ['-mavx2', '-mfma'],
  }),
  baseline: [],
};

/**
 * @typedef {object} KernelOptions
 * @property {string} project
 * @property {string} store
 * @property {string} tools
 * @property {string} libtensorflow folder with headers and libraries
 * @property {string} log
 * @property {NodeJS.ProcessEnv} environment
 */

/** @param {string} project */
function sourcesOf(project) {
  const folder = join(project, 'engine', 'kernels');
  return readdirSync(folder)
    .filter((name) => /\.(?:cc|h)$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}

/** @param {Pick<KernelOptions, 'project' | 'libtensorflow'>} options */
function kernelsKey({ project, libtensorflow }) {
  const sources = sourcesOf(project).map((path) => readFileSync(path, 'utf8'));
  const library = realpathSync(libtensorflow);
  return toolKey('kernels', { sources, flags: FLAGS, variants: VARIANTS, library });
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
  const compilers = [environment['CXX'], 'g++', 'c++', 'clang++'];
  const compiler = compilers.find((name) => name && outputOf([name, '--version'], environment));
  if (!compiler) throw new BootstrapError('No C++ compiler: expected CXX, g++, c++ or clang++.');
  const folder = await provideTool(store, kernelsKey(options), async (empty) => {
    for (const [name, flags] of Object.entries(VARIANTS))
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
