import { readdir, stat } from 'node:fs/promises';
import { posix } from 'node:path';
import { fileURLToPath } from 'node:url';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import {
  sourceFormats,
  type DescribedSource,
  type SourceFormat,
} from '../../recipe/sections/collect.js';
import { ObjectKeyInvalidError } from '../../storage/object-store.js';
import { insideRoot, keyIn, parsePlace, type SourcePlaces } from '../../storage/places.js';

/** Prompt files that come with Burnish. */
export const BUNDLED_FOLDER = fileURLToPath(new URL('../../data/', import.meta.url));

/** One file of a source: a local path or a key of the store. */
export interface SourceFile extends FileFormat {
  /** As the recipe names it, or as it would; used in messages, origins and positions. */
  label: string;
  byteLength: number;
  place: { path: string } | { key: string };
}

interface Candidate {
  name: string;
  byteLength: number;
  isFile: boolean;
}

/**
 * The files a source of a recipe stands for, in the order of their names; at least one.
 *
 * @throws InputInvalidError if there is none, one is empty or of an unknown format, or it lies outside what may be read.
 */
export async function expandSource(
  source: DescribedSource,
  places: SourcePlaces,
): Promise<SourceFile[]> {
  const { path } = source;
  const place = parsePlace(path, {
    what: 'Source',
    store: places.store,
    bundled: { noun: 'file', folder: BUNDLED_FOLDER },
    unknownScheme: 'has an unknown scheme; expected bundled:NAME, s3://bucket/key or a path.',
  });
  if ('object' in place) return expandKeys(source, place.object, places);
  if ('file' in place) return expandPath(source, places);
  return [await localFile(source, { label: path, path: place.bundled })];
}

async function expandPath(source: DescribedSource, places: SourcePlaces): Promise<SourceFile[]> {
  const { path } = source;
  const { folder, pattern } = splitPattern(path);
  const place = await insideRoot(
    pattern === undefined ? path : folder,
    places.rootFolder,
    `Source ${path}`,
  );
  const isFolder =
    pattern !== undefined ||
    (await stat(place).then(
      (found) => found.isDirectory(),
      () => false,
    ));
  // A folder named like a file is a mistake.
  if (!isFolder || (pattern === undefined && formatOf(path) !== undefined)) {
    return [await localFile(source, { label: path, path: place })];
  }
  const entries = await readdir(place, { withFileTypes: true }).catch((cause: unknown) => {
    throw unreadable(path, cause);
  });
  const names = entries.filter((entry) => !entry.isDirectory()).map((entry) => entry.name);
  const files: SourceFile[] = [];
  for (const name of chosen(source, names, pattern)) {
    const label = posix.join(folder, name);
    // Each name is checked by itself: a link in the folder may lead out of it.
    const file = await insideRoot(label, places.rootFolder);
    files.push(await localFile({ ...source, path: label }, { label, path: file }));
  }
  return files;
}

async function expandKeys(
  source: DescribedSource,
  key: string,
  { store }: SourcePlaces,
): Promise<SourceFile[]> {
  const { path } = source;
  const { folder, pattern } = splitPattern(path);
  const isPrefix = pattern !== undefined || path.endsWith('/');
  const prefix = isPrefix ? keyIn(`${folder}/`.replace(/\/+$/, '/'), store, 'Source') : key;
  const found = new Map<string, number>();
  try {
    for await (const object of store.list(prefix)) {
      if (isPrefix) found.set(object.key.slice(prefix.length), object.byteLength);
      else if (object.key === key) found.set(key, object.byteLength);
      if (!isPrefix && found.size > 0) break;
    }
  } catch (cause) {
    if (!(cause instanceof ObjectKeyInvalidError)) throw cause;
    throw new InputInvalidError(`Source ${path} cannot be read: ${cause.message}`, { cause });
  }
  if (!isPrefix) {
    const byteLength = found.get(key);
    if (byteLength === undefined) {
      throw new InputInvalidError(`Source ${path} cannot be read: there is no such object.`);
    }
    return [fileOf(source, { name: path, byteLength, isFile: true }, { key })];
  }
  const names = [...found.keys()].filter((name) => !name.includes('/'));
  return chosen(source, names, pattern).map((name) => {
    const candidate = { name: `${folder}/${name}`, byteLength: found.get(name) ?? 0, isFile: true };
    return fileOf(source, candidate, { key: `${prefix}${name}` });
  });
}

/** The names a folder or pattern stands for, in the order of their code units, so that it is the same everywhere. */
function chosen(source: DescribedSource, names: string[], pattern: RegExp | undefined): string[] {
  const kept = names
    .filter(
      (name) => !name.startsWith('.') && (pattern?.test(name) ?? formatOf(name) !== undefined),
    )
    .sort((a, b) => (a < b ? -1 : 1));
  if (kept.length > 0) return kept;
  throw new InputInvalidError(
    pattern === undefined
      ? `Source ${source.path} holds no prompt file; expected names that end in ${KNOWN_ENDINGS}.`
      : `Source ${source.path} matches no file.`,
  );
}

/** The folder and, if its last part has `*` or `?`, what names must look like. */
function splitPattern(path: string): { folder: string; pattern?: RegExp } {
  const trimmed = path.replace(/\/+$/, '');
  if (!/[*?]/.test(trimmed)) return { folder: trimmed };
  const cut = trimmed.lastIndexOf('/');
  const folder = cut === -1 ? '.' : trimmed.slice(0, cut);
  if (/[*?]/.test(folder)) {
    throw new InputInvalidError(
      `Source ${path} has * or ? in the name of a folder; they may stand in the last part of the path only. Name each folder by itself.`,
    );
  }
  const letters = [...trimmed.slice(cut + 1)].map((letter) =>
    letter === '*' ? '.*' : letter === '?' ? '.' : letter.replace(/[\\^$+.()|[\]{}]/, '\\$&'),
  );
  return { folder: cut === 0 ? '/' : folder, pattern: new RegExp(`^${letters.join('')}$`, 's') };
}

async function localFile(
  source: DescribedSource,
  { label, path }: { label: string; path: string },
): Promise<SourceFile> {
  const found = await stat(path).catch((cause: unknown) => {
    throw unreadable(label, cause);
  });
  const candidate = { name: label, byteLength: found.size, isFile: found.isFile() };
  return fileOf(source, candidate, { path });
}

function fileOf(
  source: DescribedSource,
  { name, byteLength, isFile }: Candidate,
  place: SourceFile['place'],
): SourceFile {
  const format = formatOf(name, source.format);
  if (format === undefined) {
    throw new InputInvalidError(
      `Source ${name} has an unknown format; expected a name that ends in ${KNOWN_ENDINGS}, or \`format\` beside its path.`,
    );
  }
  if (!isFile) throw new InputInvalidError(`Source ${name} is not a file.`);
  if (byteLength === 0) throw new InputInvalidError(`Source ${name} is empty (0 bytes).`);
  return { ...format, label: name, byteLength, place };
}

function unreadable(label: string, cause: unknown): InputInvalidError {
  const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
  return new InputInvalidError(`Source ${label} does not exist or cannot be read (${code}).`, {
    cause,
  });
}

export interface FileFormat {
  format: SourceFormat;
  /** Undone while reading. */
  compressed: boolean;
}

/** Endings of names that state a format, as messages show them. */
export const KNOWN_ENDINGS = '.parquet, .jsonl, .csv, .txt or the last three with .gz';

const ENDING = new RegExp(`(?:\\.(${sourceFormats.join('|')}))?(\\.gz)?$`, 'i');

/** The format that a file's name states, or `undefined`; `stated` is the recipe's own and wins. */
export function formatOf(name: string, stated?: SourceFormat): FileFormat | undefined {
  const [, ending, gz] = ENDING.exec(name) ?? [];
  const format = stated ?? (ending?.toLowerCase() as SourceFormat | undefined);
  const compressed = gz !== undefined;
  // Parquet compresses its own pages and cannot be read from the middle of a gzip.
  if (format === undefined || (format === 'parquet' && compressed)) return undefined;
  return { format, compressed };
}
