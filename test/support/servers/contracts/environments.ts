import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Servers of others that the clients are tried on, and the command each is started by. */
export const servers = { litellm: 'litellm', mlserver: 'mlserver' } as const;
export type ServerName = keyof typeof servers;

const supportFolder = fileURLToPath(new URL('./', import.meta.url));
const environments = fileURLToPath(
  new URL('../../../../.burnish/bench/contracts', import.meta.url),
);
const requirementsOf = (name: ServerName): string => join(supportFolder, `${name}.txt`);
const digestOf = (name: ServerName): string =>
  createHash('sha256')
    .update(readFileSync(requirementsOf(name)))
    .digest('hex');
const markerOf = (name: ServerName): string => join(environments, name, 'requirements.sha256');

/** The program of a server's environment; undefined where it is not installed, or another version is. */
export function findServer(name: ServerName): string | undefined {
  const marker = markerOf(name);
  if (!existsSync(marker) || readFileSync(marker, 'utf8') !== digestOf(name)) return undefined;
  return join(environments, name, 'bin', servers[name]);
}

/** What a test says that cannot run here. */
export const howToInstall = '`npm run bench -- contracts` installs the servers and runs this';

/** Makes the environment of a server, if it is not there. @throws Error with the end of pip's log. */
export function prepareServer(name: ServerName): void {
  if (findServer(name) !== undefined) return;
  const folder = join(environments, name);
  rmSync(markerOf(name), { force: true });
  mkdirSync(folder, { recursive: true });
  process.stderr.write(`Installing ${name}...\n`);
  call('python3', ['-m', 'venv', folder]);
  const python = join(folder, 'bin', 'python');
  call(python, ['-m', 'pip', 'install', '--quiet', '--no-deps', '-r', requirementsOf(name)]);
  writeFileSync(markerOf(name), digestOf(name));
}

function call(program: string, parameters: string[]): void {
  const { status, stderr, error } = spawnSync(program, parameters, {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (error) throw new Error(`${program} could not be started: ${error.message}`, { cause: error });
  if (status !== 0) {
    throw new Error(
      `${program} ${parameters.slice(0, 4).join(' ')} ended with ${status}:\n${stderr.slice(-2000)}`,
    );
  }
}
