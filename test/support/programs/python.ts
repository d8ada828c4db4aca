import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Folder of a Python environment of the benches. */
export function environmentFolder(name: string): string {
  return fileURLToPath(new URL(`../../../.burnish/bench/${name}`, import.meta.url));
}

/** A Python that has these modules: the bench's own, else the one on PATH; undefined when neither has them. */
export function findPython(modules: string): string | undefined {
  for (const python of [join(environmentFolder('python'), 'bin', 'python'), 'python3']) {
    // Its own path, for a script is run without this process's environment.
    const script = `import ${modules}, sys; print(sys.executable)`;
    const { status, stdout } = spawnSync(python, ['-c', script], { encoding: 'utf8' });
    if (status === 0) return stdout.trim();
  }
  return undefined;
}

/** What a script prints. @throws Error with the end of its log if it fails. */
export function runPython(
  python: string,
  command: readonly string[],
  options: { input?: string; env?: Record<string, string> } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(python, command, {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...options,
  });
  if (error) throw new Error(`${python} could not be started: ${error.message}`, { cause: error });
  if (status !== 0) {
    const shown = command.slice(0, 4).join(' ');
    throw new Error(`${python} ${shown} ended with ${status}:\n${stderr.slice(-3000)}`);
  }
  return stdout.trim();
}

/** Whether an environment is there, made from these requirements. */
export function isEnvironmentReady(folder: string, requirements: string): boolean {
  const marker = markerOf(folder);
  return existsSync(marker) && readFileSync(marker, 'utf8') === digestOf(requirements);
}

/**
 * Makes a Python environment with exactly the pinned requirements, unless it is there, and returns its Python.
 * @throws Error with the end of pip's log if it cannot be made.
 */
export function prepareEnvironment(
  folder: string,
  requirements: string,
  options: { name: string; finish?: (python: string) => void },
): string {
  const python = join(folder, 'bin', 'python');
  if (isEnvironmentReady(folder, requirements)) return python;
  rmSync(markerOf(folder), { force: true });
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`Installing ${options.name}...\n`);
  runPython('python3', ['-m', 'venv', folder]);
  runPython(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', requirements]);
  options.finish?.(python);
  writeFileSync(markerOf(folder), digestOf(requirements));
  return python;
}

const markerOf = (folder: string): string => join(folder, 'requirements.sha256');

const digestOf = (path: string): string =>
  createHash('sha256').update(readFileSync(path)).digest('hex');
