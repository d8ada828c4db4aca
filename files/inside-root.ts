import { realpath } from 'node:fs/promises';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { InputInvalidError } from './input-invalid-error.js';

/**
 * The path a recipe names, made absolute.
 *
 * A relative path may not leave `rootFolder`, neither by `..` nor by a symbolic link; an absolute path is the operator's
 * decision and is taken as it is.
 * @throws InputInvalidError if it leaves.
 */
export async function insideRoot(
  named: string,
  rootFolder: string,
  label = `Source ${named}`,
): Promise<string> {
  if (isAbsolute(named)) return named;
  const path = resolve(rootFolder, named);
  refuseOutside(label, rootFolder, path);
  // A path that does not exist is reported as missing where it is opened.
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) refuseOutside(label, await realpath(rootFolder), real);
  return path;
}

function refuseOutside(label: string, folder: string, path: string): void {
  const way = relative(folder, path);
  if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return;
  throw new InputInvalidError(
    `${label} leaves the folder that relative paths are taken from. Move the file into it, or give an absolute path.`,
  );
}
