import { createHash } from 'node:crypto';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { withLock } from './lock.mjs';

const stampName = 'burnish-tool.json';

/**
 * Folder name of a tool, which changes with anything that went into it.
 * @param {string} name
 * @param {unknown} ingredients pins and whatever else decides the content
 */
export function toolKey(name, ingredients) {
  const digest = createHash('sha256').update(JSON.stringify(ingredients)).digest('hex');
  return `${name}-${digest.slice(0, 16)}`;
}

/**
 * Whether a folder holds a tool that was finished under this key.
 * @param {string} folder
 * @param {string} key
 */
export function isFinished(folder, key) {
  try {
    return JSON.parse(readFileSync(join(folder, stampName), 'utf8')).key === key;
  } catch {
    return false;
  }
}

/**
 * Folder of a finished tool; builds it first if it is not there. A build that was interrupted leaves only a temporary
 * folder, which the next attempt removes.
 * @param {string} store
 * @param {string} key
 * @param {(folder: string) => Promise<void>} build fills an empty folder
 */
export async function provideTool(store, key, build) {
  const folder = join(store, 'tools', key);
  if (isFinished(folder, key)) return folder;
  return withLock(join(store, 'locks', key), async () => {
    if (isFinished(folder, key)) return folder;
    const temporary = join(store, 'temporary', key);
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    await build(temporary);
    writeFileSync(join(temporary, stampName), JSON.stringify({ key }));
    mkdirSync(dirname(folder), { recursive: true });
    rmSync(folder, { recursive: true, force: true });
    renameSync(temporary, folder);
    return folder;
  });
}

/**
 * Makes `link` a symbolic link to `target`, replacing what was there in one move.
 * @param {string} target
 * @param {string} link
 */
export function replaceLink(target, link) {
  if (existsSync(link) && isLinkTo(target, link)) return;
  mkdirSync(dirname(link), { recursive: true });
  const temporary = `${link}.${process.pid}`;
  rmSync(temporary, { force: true });
  symlinkSync(target, temporary);
  const former = lstatSync(link, { throwIfNoEntry: false });
  if (former && !former.isSymbolicLink()) rmSync(link, { recursive: true });
  renameSync(temporary, link);
}

/**
 * Whether `link` is a symbolic link to exactly `target`.
 * @param {string} target
 * @param {string} link
 */
export function isLinkTo(target, link) {
  try {
    return readlinkSync(link) === target;
  } catch {
    return false;
  }
}
