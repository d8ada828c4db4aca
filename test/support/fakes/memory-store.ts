import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { sha256 } from '../../../files/digest.js';
import {
  assertObjectKey,
  ObjectMissingError,
  PreconditionFailedError,
  type ObjectStore,
  type StoredObject,
  type UnfinishedUpload,
} from '../../../storage/object-store.js';

export interface MemoryStore extends ObjectStore {
  /** What the store holds, for tests that damage it. */
  readonly objects: Map<string, StoredObject & { writtenAt?: number }>;
  /** What killed uploads left, by upload id. */
  readonly uploads: Map<string, UnfinishedUpload>;
  /** Begins an upload in parts that nobody goes on with, as a killed process does. */
  beginUpload(key: string): UnfinishedUpload;
  /** The store's clock, milliseconds since 1970; tests set it to write what is old. */
  now: () => number;
}

/** An object store in memory that passes the same suite as S3. */
export function createMemoryStore(): MemoryStore {
  const objects: MemoryStore['objects'] = new Map();
  const uploads: MemoryStore['uploads'] = new Map();
  let uploadCount = 0;
  const place = (key: string, body: Uint8Array): { etag: string } => {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    objects.set(key, { body, etag, writtenAt: store.now() });
    return { etag };
  };

  const store: MemoryStore = {
    bucketUri: 's3://memory',
    objects,
    uploads,
    beginUpload(key) {
      uploadCount += 1;
      const upload = { key, uploadId: `upload-${uploadCount}`, begunAt: new Date(store.now()) };
      uploads.set(upload.uploadId, upload);
      return upload;
    },
    now: () => 0,
    async put(key, body, conditions = {}) {
      assertObjectKey(key);
      // Copies are taken, and a turn of the event loop lost, as with a server.
      const bytes = Uint8Array.from(Buffer.from(body));
      await Promise.resolve();
      const present = objects.get(key);
      const isRefused =
        (conditions.ifAbsent === true && present !== undefined) ||
        (conditions.ifMatch !== undefined && present?.etag !== conditions.ifMatch);
      if (isRefused) throw new PreconditionFailedError(key, conditions);
      return place(key, bytes);
    },
    async putFile(key, path) {
      assertObjectKey(key);
      place(key, Uint8Array.from(await readFile(path)));
    },
    async get(key) {
      assertObjectKey(key);
      await Promise.resolve();
      const stored = objects.get(key);
      return stored && { body: stored.body.slice(), etag: stored.etag };
    },
    async getToFile(key, path) {
      assertObjectKey(key);
      const stored = objects.get(key);
      if (stored === undefined) throw new ObjectMissingError(store, key);
      await writeFile(path, stored.body);
    },
    async getRange(key, first, last) {
      return (await store.get(key))?.body.slice(first, last + 1);
    },
    async digest(key) {
      const stored = await store.get(key);
      return stored && { byteLength: stored.body.byteLength, sha256: sha256(stored.body) };
    },
    async *list(prefix) {
      for (const [key, { body, writtenAt = 0 }] of [...objects].sort()) {
        if (!key.startsWith(prefix)) continue;
        yield { key, byteLength: body.byteLength, lastModified: new Date(writtenAt) };
      }
    },
    async delete(key) {
      assertObjectKey(key);
      objects.delete(key);
    },
    async *listUploads(prefix) {
      for (const upload of [...uploads.values()]) if (upload.key.startsWith(prefix)) yield upload;
    },
    async abortUpload({ uploadId }) {
      uploads.delete(uploadId);
    },
  };
  return store;
}
