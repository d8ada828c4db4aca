import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  environmentFolder,
  isEnvironmentReady,
  prepareEnvironment,
} from '../../programs/python.js';

/** Servers of others that the clients are tried on, and the command each is started by. */
export const servers = { litellm: 'litellm', mlserver: 'mlserver' } as const;
export type ServerName = keyof typeof servers;

const folderOf = (name: ServerName): string => environmentFolder(`contracts/${name}`);
const requirementsOf = (name: ServerName): string =>
  fileURLToPath(new URL(`${name}.txt`, import.meta.url));

/** The program of a server's environment; undefined where it is not installed, or another version is. */
export function findServer(name: ServerName): string | undefined {
  if (!isEnvironmentReady(folderOf(name), requirementsOf(name))) return undefined;
  return join(folderOf(name), 'bin', servers[name]);
}

/** What a test says that cannot run here. */
export const howToInstall = '`npm run bench -- contracts` installs the servers and runs this';

/** Makes the environment of a server, if it is not there. @throws Error with the end of pip's log. */
export function prepareServer(name: ServerName): void {
  prepareEnvironment(folderOf(name), requirementsOf(name), { name });
}
