/** Bytes of one object with the tag that conditional puts compare. */
export interface StoredObject {
  body: Uint8Array;
  etag: string;
}

/** Size and digest of an object's bytes. */
export interface ObjectDigest {
  byteLength: number;
  /** Lower-case hex. */
  sha256: string;
}

/** What a put demands of the key; at most one of the two. */
export interface PutConditions {
  /** The key must not exist yet. */
  ifAbsent?: boolean;
  /** The key must still hold the object with this etag. */
  ifMatch?: string;
}

export interface ListedObject {
  key: string;
  byteLength: number;
  lastModified: Date;
}

/** An upload in parts that has neither ended nor been given up; its parts take space and no listing shows them. */
export interface UnfinishedUpload {
  key: string;
  uploadId: string;
  begunAt: Date;
}

/**
 * Keys and bytes; every object appears whole or not at all.
 *
 * Every method throws `StoreRefusedError` when waiting cannot help (credentials, missing bucket) and
 * `StoreUnavailableError` when it can; an invalid key is an `ObjectKeyInvalidError`.
 */
export interface ObjectStore {
  /** `s3://bucket`, without a trailing slash. */
  readonly bucketUri: string;
  /**
   * Stores bytes, or a text as UTF-8.
   *
   * @throws PreconditionFailedError if a condition does not hold; the stored object is then unchanged.
   */
  put(
    key: string,
    body: Uint8Array | string,
    conditions?: PutConditions,
  ): Promise<{ etag: string }>;
  /** Uploads a local file in parts, streaming. */
  putFile(key: string, path: string): Promise<void>;
  /** `undefined` when there is no such key. The whole body is held in memory. */
  get(key: string): Promise<StoredObject | undefined>;
  /**
   * Streams an object into a local file, overwriting it. After an error the file's content is undefined.
   *
   * @throws ObjectMissingError if there is no such key.
   */
  getToFile(key: string, path: string): Promise<void>;
  /**
   * Bytes `first` to `last`, both included and fewer where the object ends before; `undefined` when there is no such key.
   * They are held in memory.
   */
  getRange(key: string, first: number, last: number): Promise<Uint8Array | undefined>;
  /** Size and SHA-256 of an object, streamed and kept nowhere; `undefined` when there is no such key. */
  digest(key: string): Promise<ObjectDigest | undefined>;
  /** Every object whose key starts with the prefix, in no particular order. */
  list(prefix: string): AsyncIterable<ListedObject>;
  /** Deleting what is not there is no error. */
  delete(key: string): Promise<void>;
  /** Every unfinished upload to a key that starts with the prefix, those at work included. */
  listUploads(prefix: string): AsyncIterable<UnfinishedUpload>;
  /** Gives an upload up and frees its parts; one that has ended is no error. Its uploader fails. */
  abortUpload(upload: UnfinishedUpload): Promise<void>;
  /**
   * Sends bytes that do not match their SHA-256 header: true if the server refused them. Absent in stores without a server;
   * `probeStore` asks it.
   */
  refusesWrongChecksum?(key: string): Promise<boolean>;
}

export class PreconditionFailedError extends Error {
  readonly key: string;

  constructor(key: string, conditions: PutConditions, options?: ErrorOptions) {
    const expected =
      conditions.ifMatch === undefined
        ? 'no object to exist yet'
        : `the object with etag ${conditions.ifMatch}`;
    super(
      `Put of ${key} expected ${expected} and found another one; the stored object is unchanged.`,
      options,
    );
    this.name = 'PreconditionFailedError';
    this.key = key;
  }
}

/**
 * Puts a body where the key still holds what was read there: the object of this etag, or nothing.
 *
 * Returns undefined, and changes nothing, when another writer came first.
 */
export async function putUnlessChanged(
  store: ObjectStore,
  { key, body }: { key: string; body: Uint8Array | string },
  read: { etag: string } | undefined,
): Promise<{ etag: string } | undefined> {
  try {
    return await store.put(key, body, read ? { ifMatch: read.etag } : { ifAbsent: true });
  } catch (error) {
    if (!(error instanceof PreconditionFailedError)) throw error;
    return undefined;
  }
}

export class ObjectMissingError extends Error {
  readonly key: string;

  constructor(store: ObjectStore, key: string, options?: ErrorOptions) {
    super(`Expected an object at ${store.bucketUri}/${key} and found none.`, options);
    this.name = 'ObjectMissingError';
    this.key = key;
  }
}

export class ObjectKeyInvalidError extends Error {
  constructor(key: string, reason: string) {
    super(
      `Object key ${JSON.stringify(key)} ${reason}. Keys are segments of letters, digits and ._=- joined by single slashes.`,
    );
    this.name = 'ObjectKeyInvalidError';
  }
}

/** Servers keep segments as file names; 255 bytes is the limit of every common file system. */
const maxSegmentLength = 255;
/** S3's own limit. */
const maxKeyLength = 1024;

/**
 * Ensures a key means the same on every S3-compatible server.
 * @throws ObjectKeyInvalidError if it does not.
 */
export function assertObjectKey(key: string): void {
  if (key.length > maxKeyLength) {
    throw new ObjectKeyInvalidError(key, `is longer than ${maxKeyLength} characters`);
  }
  for (const segment of key.split('/')) {
    if (segment === '.' || segment === '..') {
      throw new ObjectKeyInvalidError(key, `has the segment "${segment}"`);
    }
    if (segment.length > maxSegmentLength) {
      throw new ObjectKeyInvalidError(key, `has a segment over ${maxSegmentLength} characters`);
    }
    if (!/^[A-Za-z0-9._=-]+$/.test(segment)) {
      throw new ObjectKeyInvalidError(key, `has the segment ${JSON.stringify(segment)}`);
    }
  }
}
