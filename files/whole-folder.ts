import { chmod, copyFile, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

/** A folder is to be put where a file, or a folder with something in it, is already. */
export class PlaceTakenError extends Error {
  override readonly name = 'PlaceTakenError';
}

/**
 * Ensures `target` is a whole copy of the folder `source`, or is as it was: files go to a folder beside it, then one rename.
 *
 * The copies are writable, whatever the source's files are.
 * @throws PlaceTakenError if `target` holds something already.
 */
export async function placeFolder(source: string, target: string): Promise<void> {
  const place = resolve(target);
  await assertPlaceIsFree(place);
  await mkdir(dirname(place), { recursive: true });
  const temporary = await mkdtemp(join(dirname(place), `.${basename(place)}-`));
  try {
    await chmod(temporary, 0o755);
    await copyFiles(source, temporary);
    // Renaming onto an empty folder replaces it; onto one that was filled meanwhile it fails.
    await rename(temporary, place);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
}

/** Ensures `target` is a whole copy of the folder `source`, whatever was there before. */
export async function replaceFolder(source: string, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await placeFolder(source, target);
}

/**
 * Ensures that a folder can be put at `place`.
 * @throws PlaceTakenError if a file or a folder with something in it is there.
 */
export async function assertPlaceIsFree(place: string): Promise<void> {
  try {
    const found = await readdir(place);
    if (found.length === 0) return;
    throw new PlaceTakenError(
      `${place} is not empty (it holds ${found[0] ?? 'files'}). Name a folder that does not exist yet, or an empty one.`,
    );
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return;
    if (code === 'ENOTDIR') {
      throw new PlaceTakenError(`${place} is a file, or lies below one. Name a folder.`, {
        cause: error,
      });
    }
    throw error;
  }
}

/**
 * Renames a filled folder to `target`, unless another process has put a sound one there meanwhile.
 *
 * Damage that stands at `target` is removed. The caller removes `temporary` if it is still there afterwards.
 */
export async function moveFolder(
  temporary: string,
  target: string,
  isSound: () => Promise<boolean>,
): Promise<void> {
  for (let round = 0; ; round += 1) {
    try {
      await rename(temporary, target);
      return;
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (round >= 5 || (code !== 'ENOTEMPTY' && code !== 'EEXIST')) throw error;
    }
    if (await isSound()) return;
    const aside = `${temporary}-aside`;
    await rename(target, aside).catch(() => undefined);
    await rm(aside, { recursive: true, force: true });
  }
}

async function copyFiles(source: string, target: string): Promise<void> {
  for (const entry of await readdir(source, { withFileTypes: true })) {
    const to = join(target, entry.name);
    if (entry.isDirectory()) {
      await mkdir(to);
      await copyFiles(join(source, entry.name), to);
    } else {
      await copyFile(join(source, entry.name), to);
      await chmod(to, 0o644);
    }
  }
}
