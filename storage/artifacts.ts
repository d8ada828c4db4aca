import { join } from 'node:path';
import {
  artifactRefSchema,
  manifestSchema,
  type ArtifactKind,
  type ArtifactRef,
  type FileEntry,
  type Manifest,
} from '../contracts/artifact.js';
import { canonicalJson, sha256 } from '../files/digest.js';
import { FolderInvalidError, listFolder, StoredFileCorruptError, uploadFiles } from './file-set.js';
import { assertObjectKey, putUnlessChanged, type ObjectStore } from './object-store.js';
import { guardFromRemoval } from './removal-notice.js';
import { downloadVerified } from './verified-download.js';

/**
 * Artifacts: immutable files under `artifacts/<kind>/<digest>/` with `manifest.json`, written last. The digest is the
 * SHA-256 of the manifest, which lists every file's size and SHA-256: equal content, equal address.
 */

const manifestName = 'manifest.json';

/** The store holds other bytes than the artifact's digest promises. */
export class ArtifactCorruptError extends Error {
  constructor(
    place: { uri: string; file: string; expected: string; found: string },
    options?: ErrorOptions,
  ) {
    super(
      `Artifact ${place.uri} is damaged: ${place.file} was expected to be ${place.expected} and is ${place.found}. ` +
        `Restore the object, or delete ${place.uri}${manifestName} and run the pipeline again to have the artifact made anew.`,
      options,
    );
    this.name = 'ArtifactCorruptError';
  }
}

/**
 * Stores a folder's files as an artifact; what is already stored is only looked up.
 * @throws FolderInvalidError if the folder is empty or holds what cannot be stored.
 */
export async function writeArtifact(
  store: ObjectStore,
  kind: ArtifactKind,
  folder: string,
): Promise<ArtifactRef> {
  const files = await listFolder(folder);
  if (files.some(({ path }) => path === manifestName)) {
    throw new FolderInvalidError(folder, `the reserved name "${manifestName}"`);
  }
  const manifest: Manifest = { version: 1, kind, files };
  const text = canonicalJson(manifest);
  const digest = sha256(text);
  const prefix = prefixOf(kind, digest);
  const byteLength = files.reduce((sum, file) => sum + file.byteLength, 0);

  await guardFromRemoval(store, [prefix], async () => {
    const key = `${prefix}/${manifestName}`;
    const stored = await store.get(key);
    const isManifestWhole = stored !== undefined && sha256(stored.body) === digest;
    if (!isManifestWhole || !(await hasEveryFile(store, prefix, files))) {
      await uploadFiles(store, files, { prefix, folder });
    }
    // A whole manifest is written again, as its new date tells garbage collection that it is in use. Another writer would
    // write the same one: the key is its digest.
    await putUnlessChanged(store, { key, body: text }, stored);
  });
  return { kind, digest, uri: `${store.bucketUri}/${prefix}/`, byteLength };
}

/** True if the artifact is stored; it then counts as used now, so that garbage collection leaves it. */
export async function reuseArtifact(store: ObjectStore, ref: ArtifactRef): Promise<boolean> {
  const prefix = prefixOf(ref.kind, ref.digest);
  return guardFromRemoval(store, [prefix], async () => {
    const key = `${prefix}/${manifestName}`;
    const stored = await store.get(key);
    if (stored === undefined) return false;
    // It may have been removed meanwhile.
    return (await putUnlessChanged(store, { key, body: stored.body }, stored)) !== undefined;
  });
}

/** True if the artifact's manifest is stored; its files are checked when it is read. */
export async function hasArtifact(store: ObjectStore, ref: ArtifactRef): Promise<boolean> {
  return (await store.get(`${prefixOf(ref.kind, ref.digest)}/${manifestName}`)) !== undefined;
}

/**
 * A local, read-only folder with the artifact's files, every digest checked; downloaded at most once a machine.
 * The reference's digest decides what is read; its URI is for people.
 * @throws ArtifactCorruptError if the store's bytes do not fit the digest, or are missing.
 */
export async function readArtifact(
  store: ObjectStore,
  ref: ArtifactRef,
  cacheFolder: string,
): Promise<string> {
  const { kind, digest } = artifactRefSchema.parse(ref);
  const prefix = prefixOf(kind, digest);
  const uri = `${store.bucketUri}/${prefix}/`;
  const { files } = await readManifest(store, { prefix, digest, uri });
  try {
    return await downloadVerified({ store, prefix, files }, join(cacheFolder, kind, digest));
  } catch (error) {
    if (!(error instanceof StoredFileCorruptError)) throw error;
    const { expected, found } = error;
    const file = error.key.slice(prefix.length + 1);
    throw new ArtifactCorruptError({ uri, file, expected, found }, { cause: error });
  }
}

async function readManifest(
  store: ObjectStore,
  place: { prefix: string; digest: string; uri: string },
): Promise<Manifest> {
  const { digest, uri } = place;
  const file = manifestName;
  const expected = `bytes with SHA-256 ${digest}`;
  const stored = await store.get(`${place.prefix}/${manifestName}`);
  if (stored === undefined)
    throw new ArtifactCorruptError({ uri, file, expected, found: 'missing' });
  const foundDigest = sha256(stored.body);
  if (foundDigest !== digest) {
    const found = `${stored.body.byteLength} bytes with SHA-256 ${foundDigest}`;
    throw new ArtifactCorruptError({ uri, file, expected, found });
  }
  const manifest = manifestSchema.parse(JSON.parse(new TextDecoder().decode(stored.body)));
  // A manifest is data from outside: its paths must not leave the cache folder.
  for (const { path } of manifest.files) assertObjectKey(path);
  return manifest;
}

async function hasEveryFile(
  store: ObjectStore,
  prefix: string,
  files: FileEntry[],
): Promise<boolean> {
  const sizes = new Map<string, number>();
  for await (const { key, byteLength } of store.list(`${prefix}/`)) sizes.set(key, byteLength);
  return files.every(({ path, byteLength }) => sizes.get(`${prefix}/${path}`) === byteLength);
}

function prefixOf(kind: ArtifactKind, digest: string): string {
  return `artifacts/${kind}/${digest}`;
}
