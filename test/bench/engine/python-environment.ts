import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { environmentFolder, prepareEnvironment, runPython } from '../../support/programs/python.js';

/** Folder of the PyTorch side's scripts. */
export const pytorchFolder = fileURLToPath(new URL('../pytorch', import.meta.url));

/**
 * The Python of an environment with the pinned PyTorch and transformers, made on first use (about 1.5 GB).
 *
 * The registry's torch asks for CUDA libraries that no CPU needs; small stand-ins take their place.
 * @throws Error with the end of pip's log when it cannot be made.
 */
export function preparePython(folder = environmentFolder('python')): string {
  const requirements = join(pytorchFolder, 'requirements.txt');
  return prepareEnvironment(folder, requirements, {
    name: 'the Python environment of the bench',
    finish: (python) => {
      const where = 'import sysconfig; print(sysconfig.get_path("purelib"))';
      const packages = runPython(python, ['-c', where]);
      if (spawnSync(python, ['-c', 'import torch']).status !== 0)
        runPython(python, [join(pytorchFolder, 'stub_cuda.py'), join(packages, 'torch', 'lib')]);
      runPython(python, ['-c', 'import torch, transformers, safetensors']);
    },
  });
}
