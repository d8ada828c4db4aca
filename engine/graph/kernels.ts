import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ComputeSettings } from '../../recipe/sections/optimiser.js';
import { nodeBackend } from './binding.js';

/** What bootstrap compiles engine/kernels to: one library for each kind of processor. */
const FOLDER = fileURLToPath(new URL('../../.burnish/tools/kernels/', import.meta.url));

/** Instructions that each library wants, best first, as bootstrap had them compiled. */
const VARIANTS = JSON.parse(
  readFileSync(new URL('../kernels/variants.json', import.meta.url), 'utf8'),
) as Record<string, string[]>;

let isLoaded: boolean | undefined;

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
  const file = chooseLibrary(FOLDER, processorFlags());
  if (file !== undefined)
    try {
      process.dlopen({ exports: {} }, file);
    } catch (cause) {
      throw new Error(
        `${file}: cannot be loaded (${(cause as Error).message}): delete it and run \`npm run bootstrap\``,
        { cause },
      );
    }
  isLoaded = file !== undefined;
  return isLoaded;
}

/** The best library of a folder that a processor with these instructions can run. */
export function chooseLibrary(folder: string, flags: ReadonlySet<string>): string | undefined {
  return Object.entries(VARIANTS)
    .filter(([, wanted]) => wanted.every((flag) => flags.has(flag)))
    .map(([name]) => join(folder, `${name}.node`))
    .find((file) => existsSync(file));
}

/** Instruction sets as Linux names them; none where it does not say. */
export function processorFlags(): Set<string> {
  try {
    const line = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1] ?? '';
    return new Set(line.trim().split(' '));
  } catch {
    return new Set();
  }
}

/** Whether graphs of these settings may hold operations of engine/kernels: those that run on the CPU, if nothing forbids it. */
export function kernelsAllowed({ device, kernels }: ComputeSettings): boolean {
  const onCpu = device === 'auto' ? !nodeBackend().binding.isUsingGpuDevice() : device === 'cpu';
  return kernels && onCpu && loadKernels();
}
