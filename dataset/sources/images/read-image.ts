import { setTimeout as sleep } from 'node:timers/promises';
import { InputInvalidError } from '../../../files/input-invalid-error.js';
import { describedSource, type SourceSetting } from '../../../recipe/sections/collect.js';
import { insideRoot, keyIn, type SourcePlaces } from '../../../storage/places.js';
import {
  MAX_REDIRECTS,
  placeOf,
  publicFetch,
  PublicFetchError,
  type PublicFetchOptions,
} from '../../../providers/public-fetch.js';
import {
  assertImageSize,
  imageOf,
  imageSizeProblem,
  ImageUnreadableError,
  MAX_IMAGE_BYTES,
  type Image,
} from './image.js';
import { rangedFile, rangedObject, type RangedFile } from './ranged-file.js';
import { openZip, type ZipPictures } from './zip-pictures.js';

/** Where pictures are found. One of these is kept for many pictures: directories of zips are remembered with it. */
export interface ImagePlaces extends Pick<SourcePlaces, 'store' | 'rootFolder'> {
  /** Hosts that may be on a private network: see `trustedHosts`. Default: none. */
  trustedHosts?: readonly string[];
  signal?: AbortSignal;
}

const TIMEOUT_MS = 30_000;
const MAX_TRIES = 3;
const FIRST_WAIT_MS = 250;

/** Zips whose directory is remembered at a time. */
const OPEN_ZIPS = 16;
const zipsOf = new WeakMap<ImagePlaces, Map<string, Promise<ZipPictures>>>();

/** Hosts that a recipe names itself, in an http(s) address of `images`: the operator's own word, like an absolute path. */
export function trustedHosts(settings: readonly SourceSetting[]): string[] {
  return settings.flatMap((setting) => {
    const { images = '' } = describedSource(setting);
    return /^https?:/.test(images) && URL.canParse(images) ? [new URL(images).host] : [];
  });
}

/**
 * The picture at the address a row has in `image`: a path, `<zip>#<member>` (both also with s3:// in front), or an http(s)
 * address.
 *
 * Relative paths may not leave the root folder; a picture has at most 20 MiB.
 * @throws ImageUnreadableError if it cannot be had, which spoils its row only; errors of the store come as they are.
 */
export async function readImage(address: string, places: ImagePlaces): Promise<Image> {
  if (/^https?:/i.test(address)) {
    const { trustedHosts = [], signal } = places;
    const bytes = await fetchImage(address, {
      trustedHosts,
      ...(signal === undefined ? {} : { signal }),
    });
    return imageOf(bytes, address.replace(/[?#].*/, ''));
  }
  const [, zip, member] = /^(.*?\.zip)#(.+)$/is.exec(address) ?? [];
  if (zip !== undefined && member !== undefined) {
    return imageOf(await (await zipAt(zip, places)).read(member), address);
  }
  const file = await fileAt(address, places);
  assertImageSize(file.byteLength, address);
  return imageOf(await file.read(0, file.byteLength), address);
}

async function fileAt(address: string, { store, rootFolder }: ImagePlaces): Promise<RangedFile> {
  let place: { key: string } | { path: string };
  try {
    place = address.startsWith('s3://')
      ? { key: keyIn(address, store, 'The picture') }
      : { path: await insideRoot(address, rootFolder, `The picture ${address}`) };
  } catch (cause) {
    if (!(cause instanceof InputInvalidError)) throw cause;
    throw new ImageUnreadableError(cause.message, { cause });
  }
  if ('key' in place) return rangedObject(store, place.key, address);
  if (/^[a-z][a-z0-9+.-]*:/i.test(address)) {
    throw new ImageUnreadableError(`${address} has an unknown scheme.`);
  }
  return rangedFile(place.path, address);
}

/** The zip's directory, read again when the file has changed; those not used for longest are forgotten. */
async function zipAt(address: string, places: ImagePlaces): Promise<ZipPictures> {
  const file = await fileAt(address, places);
  const zips = zipsOf.get(places) ?? new Map<string, Promise<ZipPictures>>();
  zipsOf.set(places, zips);
  const name = `${address} ${file.version}`;
  const opened = zips.get(name) ?? openZip(file);
  zips.delete(name);
  zips.set(name, opened);
  for (const oldest of zips.keys()) {
    if (zips.size <= OPEN_ZIPS) break;
    zips.delete(oldest);
  }
  try {
    return await opened;
  } catch (error) {
    zips.delete(name);
    throw error;
  }
}

/**
 * The bytes behind an http or https address: at most 20 MiB, in at most 30 seconds, from no loopback or private network
 * unless the recipe names the host itself. A server that fails is asked three times.
 *
 * @throws ImageUnreadableError if they cannot be had.
 */
async function fetchImage(
  address: string,
  options: Pick<PublicFetchOptions, 'trustedHosts' | 'signal'>,
): Promise<Buffer> {
  const limits = { timeoutMs: TIMEOUT_MS, maxBytes: MAX_IMAGE_BYTES };
  for (let round = 1; ; round += 1) {
    try {
      // Data sets hold plain http addresses, and their pictures are public.
      const { bytes, url } = await publicFetch(address, {
        ...options,
        ...limits,
        requiresTls: false,
      });
      assertImageSize(bytes.byteLength, placeOf(url));
      return bytes;
    } catch (error) {
      if (!(error instanceof PublicFetchError)) throw error;
      if (!mayPass(error) || round === MAX_TRIES) {
        throw new ImageUnreadableError(problemOf(address, error), { cause: error.cause });
      }
      await sleep(FIRST_WAIT_MS * 2 ** round, undefined, { signal: options.signal });
    }
  }
}

/** True if another try may do better. */
function mayPass({ failure, cause }: PublicFetchError): boolean {
  if (failure.kind === 'connection') return (cause as NodeJS.ErrnoException).code !== 'ENOTFOUND';
  if (failure.kind !== 'status') return false;
  return failure.status >= 500 || failure.status === 408 || failure.status === 429;
}

function problemOf(address: string, { failure, url, cause }: PublicFetchError): string {
  const place = url === undefined ? '' : placeOf(url);
  switch (failure.kind) {
    case 'address':
      return `${address.slice(0, 200)} is no address.`;
    case 'scheme':
    case 'no TLS':
      return `${url?.protocol ?? ''} is no scheme for pictures; expected https.`;
    case 'private':
      return `The host ${failure.hostname} is on a loopback or private network, where rows of a data set may not send a request. If it is yours, name it in \`images\` of the source.`;
    case 'redirects':
      return `${place}: redirected more than ${MAX_REDIRECTS} times.`;
    case 'redirect address':
      return `${place}: redirected to no address.`;
    case 'status':
      return `${place}: answered ${failure.status}.`;
    case 'size':
      return imageSizeProblem(failure.byteLength, place);
    case 'timeout':
      return `${place}: gave no picture in ${TIMEOUT_MS / 1000} seconds.`;
    case 'connection': {
      const { code, message } = cause as NodeJS.ErrnoException;
      return `${place}: could not be reached (${code ?? message}).`;
    }
  }
}
