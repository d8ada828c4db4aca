import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of the PyTorch side's scripts. */
export const pytorchFolder = fileURLToPath(new URL('../pytorch', import.meta.url));

function call(program: string, parameters: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, parameters, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error) throw new Error(`${program} could not be started: ${error.message}`, { cause: error });
  if (status !== 0)
    throw new Error(
      `${program} ${parameters.slice(0, 4).join(' ')} ended with ${status}:\n${stderr.slice(-2000)}`,
    );
  return stdout.trim();
}

/**
 * The Python of an environment with the pinned PyTorch and transformers, made on first use (about 1.5 GB).
 *
 * The registry's torch asks for CUDA libraries that no CPU needs; small stand-ins take their place.
 * @throws Error with the end of pip's log when it cannot be made.
 */
export function preparePython(folder: string): string {
  const python = join(folder, 'bin', 'python');
  const requirements = join(pytorchFolder, 'requirements.txt');
  const digest = createHash('sha256').update(readFileSync(requirements)).digest('hex');
  const marker = join(folder, 'requirements.sha256');
  if (existsSync(marker) && readFileSync(marker, 'utf8') === digest) return python;
  rmSync(marker, { force: true });
  mkdirSync(folder, { recursive: true });
  process.stderr.write('Making the Python environment of the bench...\n');
  call('python3', ['-m', 'venv', folder]);
  call(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', requirements]);
  const packages = call(python, ['-c', 'import sysconfig; print(sysconfig.get_path("purelib"))']);
  if (spawnSync(python, ['-c', 'import torch']).status !== 0)
    call(python, [join(pytorchFolder, 'stub_cuda.py'), join(packages, 'torch', 'lib')]);
  call(python, ['-c', 'import torch, transformers, safetensors']);
  writeFileSync(marker, digest);
  return python;
}
