import { realpath } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { InputInvalidError } from '../files/input-invalid-error.js';
import { assertObjectKey, type ObjectStore } from './object-store.js';

/** Where files that a recipe names are found. */
export interface SourcePlaces {
  store: ObjectStore;
  /** Folder that files from the store are copied to while they are read. */
  workFolder: string;
  /** Relative paths are taken from here and may not leave it. */
  rootFolder: string;
}

/** A place as a recipe names it: what comes with Burnish, a key of the store, or a path that `insideRoot` has yet to check. */
export type NamedPlace = { bundled: string } | { object: string } | { file: string };

/** How places of one kind are named, and what messages call them. */
export interface PlaceNaming {
  /** What a message begins with, before the place: "Source", "Model". */
  what: string;
  /** The store that `s3://` addresses are of; absent: such an address is an unknown scheme. */
  store?: ObjectStore;
  /** What `bundled:NAME` names, in which folder; absent: nothing. */
  bundled?: { noun: string; folder: string };
  /** How the sentence goes on for another scheme: "has an unknown scheme; expected ...". */
  unknownScheme: string;
}

/**
 * The place that a text of a recipe names: `bundled:NAME` as a path, `s3://bucket/key` as a key, or a path as it is.
 *
 * @throws InputInvalidError if the scheme is unknown, the name is none of a bundled file, or the key is of another store.
 */
export function parsePlace(named: string, naming: PlaceNaming): NamedPlace {
  const { what, store, bundled, unknownScheme } = naming;
  if (store !== undefined && named.startsWith('s3://'))
    return { object: keyIn(named, store, what) };
  if (bundled !== undefined && named.startsWith('bundled:')) {
    const name = named.slice('bundled:'.length);
    if (/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) return { bundled: join(bundled.folder, name) };
    throw new InputInvalidError(`${what} ${named} does not name a bundled ${bundled.noun}.`);
  }
  if (/^[a-z][a-z0-9+.-]*:/i.test(named)) {
    throw new InputInvalidError(`${what} ${named} ${unknownScheme}`);
  }
  return { file: named };
}

/**
 * The path a recipe names, made absolute.
 *
 * A relative path may not leave `rootFolder`, neither by `..` nor by a symbolic link; an absolute path is the operator's
 * own choice and is taken as it stands.
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
  // What does not exist is reported as missing when it is opened.
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

/**
 * The key of an `s3://bucket/key` address in the configured store; patterns and a last slash are left in it.
 *
 * @throws InputInvalidError if it is of another bucket or no key that every server understands.
 */
export function keyIn(address: string, store: ObjectStore, what: string): string {
  const prefix = `${store.bucketUri}/`;
  if (!address.startsWith(prefix)) {
    throw new InputInvalidError(
      `${what} ${address} is not in the configured store (${store.bucketUri}). Copy it there, or give a path.`,
    );
  }
  const key = address.slice(prefix.length);
  const plain = key.replace(/\/$/, '').replaceAll(/[*?]/g, 'x');
  try {
    if (plain !== '') assertObjectKey(plain);
  } catch (cause) {
    throw new InputInvalidError(`${what} ${address} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return key;
}
