import { accessSync, constants, realpathSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Real path of a program on PATH, or undefined; programs inside `except` (our own tools) do not count.
 * @param {string} name
 * @param {string | undefined} searchPath value of PATH
 * @param {string[]} except folders
 */
export function findProgram(name, searchPath, except) {
  for (const folder of (searchPath ?? '').split(delimiter).filter(Boolean)) {
    try {
      const path = realpathSync(join(folder, name));
      accessSync(path, constants.X_OK);
      if (statSync(path).isFile() && !except.some((own) => path.startsWith(`${own}/`))) return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}
