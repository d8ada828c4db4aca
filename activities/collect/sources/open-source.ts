import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputInvalidError } from '../../../contracts/errors.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { readJsonl } from './read-jsonl.js';
import { readParquet } from './read-parquet.js';
import type { SourceRow, UnreadableRow } from './source-row.js';

/** Prompt files that come with Burnish. */
const BUNDLED_FOLDER = fileURLToPath(new URL('../../../data/', import.meta.url));
const FORMATS = ['.jsonl', '.jsonl.gz', '.parquet'] as const;

export interface SourcePlaces {
  store: ObjectStore;
  /** Empty folder that sources from the store are copied to. */
  workFolder: string;
  /** Relative paths are taken from here and may not leave it. */
  rootFolder: string;
}

export interface OpenedSource {
  /** As the recipe names it; used in messages and origins. */
  label: string;
  /** A local file. */
  path: string;
  byteLength: number;
  rows(): AsyncGenerator<SourceRow | UnreadableRow>;
}

/**
 * A source of a recipe as a local file: `bundled:NAME`, `s3://bucket/key` in the configured store, or a path.
 *
 * A relative path may not leave `rootFolder`, neither by `..` nor by a symbolic link; an absolute path is the operator's
 * own word and is read as it stands.
 * @throws InputInvalidError if it does not exist, is empty, is of an unknown format, or lies outside what may be read.
 */
export async function openSource(source: string, places: SourcePlaces): Promise<OpenedSource> {
  const format = FORMATS.find((ending) => source.toLowerCase().endsWith(ending));
  if (format === undefined) {
    throw new InputInvalidError(
      `Source ${source} has an unknown format; expected a name that ends in ${FORMATS.join(', ')}.`,
    );
  }
  const path = await locate(source, places);
  const { byteLength } = await measure(source, path);
  return {
    label: source,
    path,
    byteLength,
    rows: () =>
      format === '.parquet'
        ? readParquet(path, { label: source })
        : readJsonl(path, { label: source, compressed: format === '.jsonl.gz' }),
  };
}

/** Licence and origin of the bundled files if one of the sources is bundled, else an empty text. */
export async function bundledLicence(sources: string[]): Promise<string> {
  if (!sources.some((source) => source.startsWith('bundled:'))) return '';
  return readFile(join(BUNDLED_FOLDER, 'README.md'), 'utf8');
}

async function locate(source: string, places: SourcePlaces): Promise<string> {
  if (source.startsWith('bundled:')) return bundledPath(source);
  if (source.startsWith('s3://')) return download(source, places);
  if (/^[a-z][a-z0-9+.-]*:/i.test(source)) {
    throw new InputInvalidError(
      `Source ${source} has an unknown scheme; expected bundled:NAME, s3://bucket/key or a path.`,
    );
  }
  return isAbsolute(source) ? source : insideRoot(source, places.rootFolder);
}

function bundledPath(source: string): string {
  const name = source.slice('bundled:'.length);
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new InputInvalidError(`Source ${source} does not name a bundled file.`);
  }
  return join(BUNDLED_FOLDER, name);
}

async function insideRoot(source: string, rootFolder: string): Promise<string> {
  const path = resolve(rootFolder, source);
  refuseOutside(source, rootFolder, path);
  // A file that does not exist is reported as missing later, by `measure`.
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined) refuseOutside(source, await realpath(rootFolder), real);
  return path;
}

function refuseOutside(source: string, folder: string, path: string): void {
  const way = relative(folder, path);
  if (way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)) return;
  throw new InputInvalidError(
    `Source ${source} leaves the folder that relative paths are taken from. Move the file into it, or give an absolute path.`,
  );
}

async function download(source: string, { store, workFolder }: SourcePlaces): Promise<string> {
  const prefix = `${store.bucketUri}/`;
  if (!source.startsWith(prefix)) {
    throw new InputInvalidError(
      `Source ${source} is not in the configured store (${store.bucketUri}). Copy it there, or give a path.`,
    );
  }
  const key = source.slice(prefix.length);
  const path = join(workFolder, `source-${key.replaceAll(/[^A-Za-z0-9.]/g, '-').slice(-80)}`);
  try {
    await store.getToFile(key, path);
  } catch (cause) {
    const name = (cause as Error).name;
    if (name !== 'ObjectMissingError' && name !== 'ObjectKeyInvalidError') throw cause;
    throw new InputInvalidError(`Source ${source} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  return path;
}

async function measure(source: string, path: string): Promise<{ byteLength: number }> {
  let found;
  try {
    found = await stat(path);
  } catch (cause) {
    throw new InputInvalidError(
      `Source ${source} does not exist or cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'}).`,
      { cause },
    );
  }
  if (!found.isFile()) throw new InputInvalidError(`Source ${source} is not a file.`);
  if (found.size === 0) throw new InputInvalidError(`Source ${source} is empty (0 bytes).`);
  return { byteLength: found.size };
}
