import type { ObjectStore } from '../../../storage/object-store.js';
import { StoreUnavailableError } from '../../../storage/store-errors.js';
import type { MemoryStore } from './memory-store.js';

/** Flips one bit of a stored object. */
export function flipBit(store: MemoryStore, key: string): void {
  const stored = store.objects.get(key);
  if (stored === undefined) throw new Error(`No object at ${key} to damage.`);
  const body = stored.body.slice();
  body[body.length >> 1]! ^= 1;
  store.objects.set(key, { body, etag: stored.etag });
}

/** Leaves the first half of a stored object, which S3 never does and a damaged disk may. */
export function cutShort(store: MemoryStore, key: string): void {
  const stored = store.objects.get(key);
  if (stored === undefined) throw new Error(`No object at ${key} to damage.`);
  store.objects.set(key, { body: stored.body.slice(0, stored.body.length >> 1), etag: '"cut"' });
}

/** Removes a stored object, as a careless hand would. */
export function deleteKey(store: MemoryStore, key: string): void {
  store.objects.delete(key);
}

/** The first key that matches. */
export function findKey(store: MemoryStore, pattern: RegExp): string {
  const key = [...store.objects.keys()].find((candidate) => pattern.test(candidate));
  if (key === undefined) throw new Error(`No key matches ${String(pattern)}.`);
  return key;
}

/** The same store, with `before` run ahead of every call; what it throws, the call throws. */
export function withHook(
  store: ObjectStore,
  before: (
    method:
      'put' | 'putFile' | 'get' | 'getToFile' | 'getRange' | 'digest' | 'delete' | 'abortUpload',
    key: string,
  ) => unknown,
): ObjectStore {
  return {
    bucketUri: store.bucketUri,
    async put(key, body, conditions) {
      await before('put', key);
      return store.put(key, body, conditions);
    },
    async putFile(key, path) {
      await before('putFile', key);
      return store.putFile(key, path);
    },
    async get(key) {
      await before('get', key);
      return store.get(key);
    },
    async getToFile(key, path) {
      await before('getToFile', key);
      return store.getToFile(key, path);
    },
    async getRange(key, first, last) {
      await before('getRange', key);
      return store.getRange(key, first, last);
    },
    async digest(key) {
      await before('digest', key);
      return store.digest(key);
    },
    list: (prefix) => store.list(prefix),
    async delete(key) {
      await before('delete', key);
      return store.delete(key);
    },
    listUploads: (prefix) => store.listUploads(prefix),
    async abortUpload(upload) {
      await before('abortUpload', upload.key);
      return store.abortUpload(upload);
    },
  };
}

/** The same store, dead from the call on that is the `count`-th to a key that matches. */
export function dieAt(store: ObjectStore, pattern: RegExp, count = 1): ObjectStore {
  let seen = 0;
  return withHook(store, (_, key) => {
    if (pattern.test(key)) seen += 1;
    if (seen >= count) throw new StoreUnavailableError('the store died');
  });
}
