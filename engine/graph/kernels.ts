import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ComputeSettings } from '../../contracts/recipe/compute.js';
import { nodeBackend } from './binding.js';

/** What bootstrap compiles engine/kernels to. */
const FILE = fileURLToPath(
  new URL('../../.burnish/tools/kernels/burnish_kernels.node', import.meta.url),
);

let isLoaded: boolean | undefined;

/**
 * Whether TensorFlow knows the operations of engine/kernels, which are loaded at the first call.
 *
 * False where bootstrap could not compile them: libtensorflow then lacks the headers for operations of one's own.
 * @throws Error naming the file when it is there and cannot be loaded.
 */
function loadKernels(): boolean {
  if (isLoaded !== undefined) return isLoaded;
  // The addon looks for TensorFlow's symbols in the library that the backend has loaded.
  nodeBackend();
  if (existsSync(FILE)) {
    try {
      process.dlopen({ exports: {} }, FILE);
    } catch (cause) {
      throw new Error(
        `${FILE}: cannot be loaded (${(cause as Error).message}): delete it and run \`npm run bootstrap\``,
        { cause },
      );
    }
    isLoaded = true;
  } else isLoaded = false;
  return isLoaded;
}

/** Whether graphs with these settings run on the CPU and may hold operations of engine/kernels. */
export function usesKernels({ device }: Pick<ComputeSettings, 'device'>): boolean {
  const onCpu = device === 'auto' ? !nodeBackend().binding.isUsingGpuDevice() : device === 'cpu';
  return onCpu && loadKernels();
}
