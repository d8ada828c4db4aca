import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ComputeSettings } from '../../contracts/recipe/compute.js';
import { nodeBackend } from './binding.js';

/** What bootstrap compiles engine/kernels to. */
const FILE = fileURLToPath(
  new URL('../../.burnish/tools/kernels/burnish_kernels.node', import.meta.url),
);

let isLoaded: boolean | undefined;
let inUse = false;

/**
 * Whether TensorFlow knows the operations of engine/kernels, which are loaded at the first call.
 *
 * False where bootstrap could not compile them: libtensorflow then lacks the headers for operations of one's own.
 * @throws Error naming the file when it is there and cannot be loaded.
 */
export function loadKernels(): boolean {
  if (isLoaded !== undefined) return isLoaded;
  // The addon finds TensorFlow's symbols in the library that the backend has loaded.
  nodeBackend();
  isLoaded = existsSync(FILE);
  if (isLoaded)
    try {
      process.dlopen({ exports: {} }, FILE);
    } catch (cause) {
      throw new Error(
        `${FILE}: cannot be loaded (${(cause as Error).message}): delete it and run \`npm run bootstrap\``,
        { cause },
      );
    }
  return isLoaded;
}

/**
 * Runs a function whose graphs hold operations of engine/kernels when the settings allow them and the graphs run on
 * the CPU.
 */
export function withKernels<T>(compute: ComputeSettings, run: () => T): T {
  const { device, kernels } = compute;
  const onCpu = device === 'auto' ? !nodeBackend().binding.isUsingGpuDevice() : device === 'cpu';
  const before = inUse;
  inUse = kernels && onCpu && loadKernels();
  try {
    return run();
  } finally {
    inUse = before;
  }
}

/** Whether the graph that is being recorded may hold operations of engine/kernels. */
export function kernelsInUse(): boolean {
  return inUse;
}
