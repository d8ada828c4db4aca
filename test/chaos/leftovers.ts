import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { identify, isAlive } from '../../files/process-identity.js';
import { commandOf, untilGone } from './engine-processes.js';
import type { Installation } from './installation.js';
import { listFiles } from './stored-commits.js';

/** Work in hand, and downloads and writes before their rename: the path up to the name that says so. */
const temporaryPath = /^(.*?\/)?(work-[^/]*|\.partial-[^/]*|[^/]*\.(tmp|partial|\d+)$)/;
/** What Node's loader keeps in the folder for temporary files is its own cache. */
const loaderCache = /^(tsx-|node-compile-cache)/;

/** Processes and temporary files that an installation, now stopped, has left behind, a line each. */
export async function findLeftovers(installation: Installation): Promise<string[]> {
  const { folder, objectsFolder } = installation;
  const processes = await findProcesses(folder);
  const machines = readdirSync(folder).filter((name) => !['logs', 'reports'].includes(name));
  const files = machines.flatMap((machine) => [
    ...listFiles(join(folder, machine, 'work'), '').flatMap((path) => {
      const [found] = temporaryPath.exec(path) ?? [];
      return found === undefined ? [] : [`${machine}/work/${found}`];
    }),
    ...listFiles(join(folder, machine, 'tmp'), '')
      .filter((path) => !loaderCache.test(path))
      .map((path) => `${machine}/tmp/${path}`),
  ]);
  return [
    ...processes.map((line) => `a process was left: ${line}`),
    ...[...new Set(files)].map((path) => `a temporary file was left: ${path}`),
    ...uncommittedFiles(objectsFolder).map((key) => `an object without a commit was left: ${key}`),
  ];
}

/** Uploads of checkpoints that nobody will end, a line each; the installation still serves. */
export async function findUnfinishedUploads({ store }: Installation): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.listUploads('checkpoints/'))
    found.push(`an upload in parts was left: ${key}`);
  return found;
}

/** Command lines of the processes whose home is the installation's folder. */
async function findProcesses(folder: string): Promise<string[]> {
  const ours = readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 1 && variablesOf(pid).includes(`HOME=${folder}`));
  // What ends by itself may still be about to.
  await untilGone(ours, 10_000);
  return ours.filter((pid) => isAlive(identify(pid))).map((pid) => `${pid} ${commandOf(pid)}`);
}

function variablesOf(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

/** Files of checkpoints that no commit object names, and parts of uploads that were never finished. */
function uncommittedFiles(objectsFolder: string): string[] {
  const keys = listFiles(objectsFolder, 'checkpoints');
  const named = keys
    .filter((key) => key.endsWith('/commit.json'))
    .map((key) => {
      const { attemptFolder } = JSON.parse(readFileSync(join(objectsFolder, key), 'utf8')) as {
        attemptFolder: string;
      };
      return join(key, '..', attemptFolder);
    });
  const uncommitted = keys.filter(
    (key) =>
      !/\/(commit|pins\/[^/]+)\.json$/.test(key) &&
      !named.some((prefix) => key.startsWith(`${prefix}/`)),
  );
  return [...uncommitted, ...listFiles(objectsFolder, '.sgwtmp')];
}
