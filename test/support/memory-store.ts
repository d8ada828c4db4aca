import { createHash } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import {
  assertObjectKey,
  ObjectMissingError,
  PreconditionFailedError,
  type ObjectStore,
  type StoredObject,
} from '../../storage/object-store.js';

export interface MemoryStore extends ObjectStore {
  /** What the store holds, for tests that damage it. */
  readonly objects: Map<string, StoredObject>;
}

/** An object store in memory that passes the same suite as S3. */
export function createMemoryStore(): MemoryStore {
  const objects = new Map<string, StoredObject>();
  const place = (key: string, body: Uint8Array): { etag: string } => {
    const etag = `"${createHash('md5').update(body).digest('hex')}"`;
    objects.set(key, { body, etag });
    return { etag };
  };

  const store: MemoryStore = {
    bucketUri: 's3://memory',
    objects,
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
    async *list(prefix) {
      for (const [key, { body }] of [...objects].sort()) {
        if (!key.startsWith(prefix)) continue;
        yield { key, byteLength: body.byteLength, lastModified: new Date(0) };
      }
    },
    async delete(key) {
      assertObjectKey(key);
      objects.delete(key);
    },
  };
  return store;
}
