import { createReadStream } from 'node:fs';
import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { digestOfStream } from '../../files/digest.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import {
  describedSource,
  type DescribedSource,
  type SourceSetting,
} from '../../recipe/sections/collect.js';
import {
  ObjectMissingError,
  type ObjectDigest,
  type ObjectStore,
} from '../../storage/object-store.js';
import { BUNDLED_FOLDER, expandSource, type SourceFile } from './expand-source.js';
import type { SourcePlaces } from '../../storage/places.js';

/** One file of a recipe's sources, found and not yet read. */
export interface OpenedSource extends SourceFile {
  /** The recipe's source it belongs to, and its place in the recipe. */
  setting: DescribedSource;
  settingIndex: number;
  places: SourcePlaces;
  /** Size and SHA-256 of the bytes there were when it was opened; nothing is kept of them. */
  digest: () => Promise<ObjectDigest>;
  /** The file as a local one; from the store it is copied into the work folder, once. */
  fetch: () => Promise<{ path: string; byteLength: number }>;
  /** Deletes the copy, if there is one. */
  release: () => Promise<void>;
}

/**
 * Every file of a recipe's sources, in the recipe's order and each source's files in the order of their names.
 *
 * @throws InputInvalidError if one does not exist, is empty, is of an unknown format, lies outside what may be read, or
 * is named twice.
 */
export async function openSources(
  settings: readonly SourceSetting[],
  places: SourcePlaces,
): Promise<OpenedSource[]> {
  const opened: OpenedSource[] = [];
  const labels = new Set<string>();
  for (const [settingIndex, each] of settings.entries()) {
    const setting = describedSource(each);
    for (const file of await expandSource(setting, places)) {
      if (labels.has(file.label)) {
        throw new InputInvalidError(
          `Source ${file.label} is named twice in collect.sources. Name it once.`,
        );
      }
      labels.add(file.label);
      opened.push(openFile(file, { setting, settingIndex, places, number: labels.size }));
    }
  }
  return opened;
}

/** What is known of the sources' licences: the bundled files' own text, and what the recipe states of the others. */
export async function sourceLicences(settings: readonly SourceSetting[]): Promise<string> {
  const texts: string[] = [];
  for (const { path, licence } of settings.map(describedSource)) {
    if (licence !== undefined) texts.push(`${path}: ${licence}`);
    else if (path.startsWith('bundled:') && !texts.some((text) => text.startsWith('#'))) {
      texts.push(await readFile(join(BUNDLED_FOLDER, 'README.md'), 'utf8'));
    }
  }
  return texts.join('\n\n');
}

function openFile(
  file: SourceFile,
  context: Pick<OpenedSource, 'setting' | 'settingIndex' | 'places'> & { number: number },
): OpenedSource {
  const { number, ...belongs } = context;
  const { label, place, byteLength } = file;
  if ('path' in place) {
    const { path } = place;
    return {
      ...file,
      ...belongs,
      digest: () => digestOfStart(path, byteLength, label),
      fetch: async () => ({ path, byteLength }),
      release: async () => undefined,
    };
  }
  const { store, workFolder } = belongs.places;
  const path = join(workFolder, `source-${String(number).padStart(5, '0')}`);
  let copied: { path: string; byteLength: number } | undefined;
  return {
    ...file,
    ...belongs,
    async digest() {
      const found = await store.digest(place.key);
      if (found === undefined) throw goneFrom(label);
      return found;
    },
    async fetch() {
      try {
        if (copied === undefined) await store.getToFile(place.key, path);
      } catch (cause) {
        throw cause instanceof ObjectMissingError ? goneFrom(label, cause) : cause;
      }
      copied ??= { path, byteLength: (await stat(path)).size };
      return copied;
    },
    async release() {
      copied = undefined;
      await rm(path, { force: true });
    },
  };
}

/**
 * Size and SHA-256 of a file's first `byteLength` bytes.
 * @throws InputInvalidError if it has become shorter.
 */
export async function digestOfStart(
  path: string,
  byteLength: number,
  label: string,
): Promise<ObjectDigest> {
  const highWaterMark = 1024 * 1024;
  const found = await digestOfStream(
    createReadStream(path, { end: byteLength - 1, highWaterMark }),
  );
  if (found.byteLength === byteLength) return found;
  throw new InputInvalidError(
    `${label} had ${byteLength} bytes and has ${found.byteLength} now: it changed while it was read. Run again when it is whole.`,
  );
}

function goneFrom(label: string, cause?: Error): InputInvalidError {
  return new InputInvalidError(
    `Source ${label} is gone: it was there when the run began. Run again when it is back.`,
    cause === undefined ? {} : { cause },
  );
}

/**
 * SHA-256 of every file of the sources, in the order they are read: a stage key must hold them beside the recipe, which
 * only names them, and a new part of a folder must change it.
 *
 * @throws InputInvalidError if a source cannot be used.
 */
export async function digestSources(
  sources: readonly SourceSetting[],
  places: { store: ObjectStore; cacheFolder: string; rootFolder?: string },
): Promise<string[]> {
  const { store, cacheFolder, rootFolder = process.cwd() } = places;
  // Digests of objects are taken as they stream by; nothing is copied.
  const opened = await openSources(sources, { store, workFolder: cacheFolder, rootFolder });
  const digests: string[] = [];
  for (const source of opened) digests.push((await source.digest()).sha256);
  return digests;
}

/** Licences of the bundled files, as `data/README.md` states them. */
const BUNDLED: Record<string, string> = {
  'bundled:diffusiondb-prompts.jsonl.gz': 'cc0-1.0',
  'bundled:modifiers.jsonl.gz': 'mit',
};

/** The identifier of a source's licence; undefined for a file of the operator's own, whose licence Burnish does not know. */
export function licenceOfSource(source: string): string | undefined {
  return BUNDLED[source];
}
