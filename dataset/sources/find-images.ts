import { stat } from 'node:fs/promises';
import { isAbsolute, posix } from 'node:path';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { insideRoot, keyIn, parsePlace, type SourcePlaces } from '../../storage/places.js';
import { ImageNameError, type ImageFinder } from './source-row.js';
import type { OpenedSource } from './open-source.js';

/** DiffusionDB large is split at this part into two folders. */
const LAST_OF_LARGE_1 = 10_000;

/**
 * Where the pictures of a source's rows are: of a row's picture name, and part in DiffusionDB, the address that
 * `readImage` takes.
 *
 * A name in the data is no word of the operator: it may not be absolute nor lead out of `images`, or of the source's own
 * folder. DiffusionDB's parts are looked for as `part-000001/` and `part-000001.zip` in `images`, its `images/` and its
 * `diffusiondb-large-part-1` or `-2`; a row of a part that is not there has no picture.
 * @throws InputInvalidError if `images` does not exist or may not be read.
 */
export async function createImageFinder(
  source: Pick<OpenedSource, 'label' | 'setting' | 'places'>,
): Promise<ImageFinder> {
  const { places } = source;
  const { images } = source.setting;
  if (images === undefined) {
    return (name, part) => (part === undefined ? beside(source.label, name) : undefined);
  }
  await assertImages(images, places);
  const folder = images.replace(/\/+$/, '') || '/';
  if (/\.zip$/i.test(folder)) return (name) => `${folder}#${plainName(name)}`;
  const partFolders = new Map<number, Promise<string | undefined>>();
  return (name, part) => {
    if (part === undefined) {
      if (isUrl(name)) return name;
      return join(folder, isAbsolute(name) && !isUrl(folder) ? posix.relative(folder, name) : name);
    }
    let found = partFolders.get(part);
    if (found === undefined) {
      found = findPart(folder, part, places);
      partFolders.set(part, found);
    }
    return found.then((start) => (start === undefined ? undefined : start + plainName(name)));
  };
}

/** What comes before a picture's name in a part of DiffusionDB; `undefined` if the part is not there. */
async function findPart(
  folder: string,
  part: number,
  places: SourcePlaces,
): Promise<string | undefined> {
  const name = `part-${String(part).padStart(6, '0')}`;
  if (/^https?:/.test(folder)) return `${folder}/${name}/`;
  const large = `diffusiondb-large-part-${part <= LAST_OF_LARGE_1 ? 1 : 2}`;
  for (const base of [folder, join(folder, 'images'), join(folder, large)]) {
    if (await exists(`${base}/${name}/`, places)) return `${base}/${name}/`;
    if (await exists(`${base}/${name}.zip`, places)) return `${base}/${name}.zip#`;
  }
  return undefined;
}

async function exists(address: string, { store, rootFolder }: SourcePlaces): Promise<boolean> {
  if (!address.startsWith('s3://')) {
    const path = await insideRoot(address, rootFolder, `Pictures at ${address}`);
    return stat(path).then(
      (found) => found.isDirectory() === address.endsWith('/'),
      () => false,
    );
  }
  const key = keyIn(address, store, 'Pictures at');
  for await (const object of store.list(key)) {
    if (key.endsWith('/') || object.key === key) return true;
  }
  return false;
}

async function assertImages(images: string, places: SourcePlaces): Promise<void> {
  if (/^https?:/.test(images)) {
    if (URL.canParse(images)) return;
    throw new InputInvalidError(`Pictures at ${images}: that is no address.`);
  }
  if (isUrl(images)) {
    parsePlace(images, {
      what: 'Pictures at',
      store: places.store,
      unknownScheme:
        'have an unknown scheme; expected a path, s3://bucket/prefix or an http(s) address.',
    });
    return;
  }
  const path = await insideRoot(images, places.rootFolder, `Pictures at ${images}`);
  await stat(path).catch((cause: unknown) => {
    throw new InputInvalidError(
      `Pictures at ${images} do not exist or cannot be read. Correct \`images\` of the source.`,
      { cause },
    );
  });
}

/** A picture that a row names and the recipe says nothing of: an address, or a path from the source's own folder. */
function beside(label: string, name: string): string {
  if (isUrl(name)) return name;
  if (label.startsWith('bundled:')) throw new ImageNameError(`the picture ${name} is nowhere`);
  return join(label.slice(0, label.lastIndexOf('/') + 1) || '.', name);
}

function join(folder: string, name: string): string {
  const plain = plainName(name);
  return folder === '.' ? plain : `${folder.replace(/\/$/, '')}/${plain}`;
}

/** A relative path without `.` and `..`. */
function plainName(name: string): string {
  const plain = posix.normalize(name);
  const leaves = plain === '..' || plain.startsWith('../') || isAbsolute(plain);
  if (!leaves && plain !== '.' && !/[\p{Cc}\\]/u.test(plain)) return plain;
  throw new ImageNameError(
    `the picture ${name.slice(0, 100)} leaves its folder; give the folder that holds it in \`images\` of the source`,
  );
}

function isUrl(text: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(text);
}
