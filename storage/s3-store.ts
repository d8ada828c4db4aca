import {
  AbortMultipartUploadCommand,
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  type ListMultipartUploadsCommandInput,
  type ListMultipartUploadsCommandOutput,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { createReadStream, createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  assertObjectKey,
  ObjectMissingError,
  PreconditionFailedError,
  type ListedObject,
  type ObjectDigest,
  type ObjectStore,
  type PutConditions,
  type StoreChecks,
  type StoredObject,
  type UnfinishedUpload,
} from './object-store.js';
import { digestOfStream } from '../files/digest.js';
import { clientConfigOf, locationOf, type S3StoreOptions } from './s3-options.js';
import {
  attemptsOf,
  codeOf,
  explainStoreError,
  plainCause,
  statusOf,
  StoreUnavailableError,
} from './store-errors.js';

/** Part size of uploads; S3 allows 10 000 parts, so larger files get larger parts. */
const partBytes = 8 * 1024 * 1024;
const maxPartCount = 10_000;
/** Rounds after an answer 409 (two writers at once), and of downloads that break off. */
const maxRounds = 5;

/**
 * An object store on any S3-compatible server; conditional puts stay correct under the SDK's own retries.
 * @throws StoreRefusedError if the endpoint is no http or https URL; nothing is asked of the server yet.
 */
export function createS3Store(options: S3StoreOptions): ObjectStore {
  const client = createClient(options);
  const { bucket: Bucket } = options;
  const refusal = (error: unknown, action: string): Error =>
    explainStoreError(error, action, locationOf(options));

  async function put(
    key: string,
    body: Uint8Array | string,
    conditions: PutConditions = {},
  ): Promise<{ etag: string }> {
    assertObjectKey(key);
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const request = new PutObjectCommand({
      Bucket,
      Key: key,
      Body: bytes,
      ...(conditions.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
      ...(conditions.ifMatch === undefined ? {} : { IfMatch: conditions.ifMatch }),
    });
    const isConditional = conditions.ifAbsent === true || conditions.ifMatch !== undefined;
    let sentBefore = false;
    for (let round = 1; ; round += 1) {
      try {
        const answer = await client.send(request);
        return { etag: answer.ETag ?? '' };
      } catch (error) {
        const status = statusOf(error);
        sentBefore ||= attemptsOf(error) > 1;
        if (isConditional && status === 409 && round < maxRounds) {
          sentBefore = true;
          await sleep(50 * 2 ** round);
          continue;
        }
        const isMismatch = status === 412 || (status === 404 && codeOf(error) === 'NoSuchKey');
        if (!isConditional || !isMismatch) throw refusal(error, `Put of ${key}`);
        // A retried put may meet what its own lost first try has written.
        const stored = sentBefore ? await get(key) : undefined;
        if (stored !== undefined && Buffer.compare(stored.body, bytes) === 0) {
          return { etag: stored.etag };
        }
        throw new PreconditionFailedError(key, conditions, { cause: plainCause(error) });
      }
    }
  }

  async function putFile(key: string, path: string): Promise<void> {
    assertObjectKey(key);
    const { size } = await stat(path);
    const partSize = Math.max(partBytes, Math.ceil(size / maxPartCount));
    const body = createReadStream(path, { highWaterMark: 1024 * 1024 });
    try {
      const params = { Bucket, Key: key, Body: body };
      await new Upload({ client, params, partSize, queueSize: 4 }).done();
    } catch (error) {
      throw refusal(error, `Upload of ${key}`);
    } finally {
      body.destroy();
    }
  }

  /** Gives the body to `consume`, again from the start when the connection breaks; `undefined`: no such key. */
  async function download<T>(
    key: string,
    consume: (body: Readable, etag: string) => Promise<T>,
    Range?: string,
  ): Promise<T | undefined> {
    assertObjectKey(key);
    for (let round = 1; ; round += 1) {
      try {
        const answer = await client.send(new GetObjectCommand({ Bucket, Key: key, Range }));
        return await consume(answer.Body as Readable, answer.ETag ?? '');
      } catch (error) {
        if (statusOf(error) === 404 && codeOf(error) === 'NoSuchKey') return undefined;
        // The object ends before the range begins.
        if (statusOf(error) === 416) return consume(Readable.from([]), '');
        const explained = refusal(error, `Get of ${key}`);
        const brokeOff = statusOf(error) === 0 && explained instanceof StoreUnavailableError;
        if (!brokeOff || attemptsOf(error) > 0 || round >= maxRounds) throw explained;
        await sleep(50 * 2 ** round);
      }
    }
  }

  async function get(key: string): Promise<StoredObject | undefined> {
    return download(key, async (body, etag) => ({ body: await bytesOf(body), etag }));
  }

  async function getToFile(key: string, path: string): Promise<void> {
    const found = await download(key, async (body) => {
      await pipeline(body, createWriteStream(path));
      return true;
    });
    if (found === undefined) throw new ObjectMissingError(store, key);
  }

  async function getRange(
    key: string,
    first: number,
    last: number,
  ): Promise<Uint8Array | undefined> {
    return download(key, bytesOf, `bytes=${first}-${last}`);
  }

  async function digest(key: string): Promise<ObjectDigest | undefined> {
    return download(key, digestOfStream);
  }

  async function* list(prefix: string): AsyncGenerator<ListedObject> {
    let token: string | undefined;
    do {
      const page = await client
        .send(new ListObjectsV2Command({ Bucket, Prefix: prefix, ContinuationToken: token }))
        .catch((error: unknown) => {
          throw refusal(error, `List of ${prefix}`);
        });
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined) continue;
        yield { key: Key, byteLength: Size ?? 0, lastModified: LastModified ?? new Date(0) };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async function remove(key: string): Promise<void> {
    assertObjectKey(key);
    try {
      await client.send(new DeleteObjectCommand({ Bucket, Key: key }));
    } catch (error) {
      if (statusOf(error) === 404 && codeOf(error) === 'NoSuchKey') return;
      throw refusal(error, `Delete of ${key}`);
    }
  }

  async function* listUploads(prefix: string): AsyncGenerator<UnfinishedUpload> {
    let marker: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined =
      {};
    while (marker !== undefined) {
      const page: ListMultipartUploadsCommandOutput = await client
        .send(new ListMultipartUploadsCommand({ Bucket, Prefix: prefix, ...marker }))
        .catch((error: unknown) => {
          throw refusal(error, `List of unfinished uploads of ${prefix}`);
        });
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key === undefined || UploadId === undefined) continue;
        // Without a date it counts as begun now: nobody takes it for an old one.
        yield { key: Key, uploadId: UploadId, begunAt: Initiated ?? new Date() };
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
      marker =
        IsTruncated === true && NextKeyMarker !== undefined
          ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker }
          : undefined;
    }
  }

  async function abortUpload({ key, uploadId }: UnfinishedUpload): Promise<void> {
    try {
      await client.send(new AbortMultipartUploadCommand({ Bucket, Key: key, UploadId: uploadId }));
    } catch (error) {
      if (codeOf(error) === 'NoSuchUpload') return;
      throw refusal(error, `End of the unfinished upload of ${key}`);
    }
  }

  const store: ObjectStore = {
    bucketUri: `s3://${Bucket}`,
    put,
    putFile,
    get,
    getToFile,
    getRange,
    digest,
    list,
    delete: remove,
    listUploads,
    abortUpload,
    checks: createChecks(client, options),
  };
  return store;
}

/**
 * Creates the bucket unless it is there: for the server Burnish starts itself, never for one it is given.
 * @throws StoreRefusedError if the credentials may not create it or the name belongs to someone else.
 */
export async function ensureBucket(options: S3StoreOptions): Promise<void> {
  try {
    await createClient(options).send(new CreateBucketCommand({ Bucket: options.bucket }));
  } catch (error) {
    if (codeOf(error) === 'BucketAlreadyOwnedByYou') return;
    throw explainStoreError(error, `Creation of bucket ${options.bucket}`, locationOf(options));
  }
}

function createClient(options: S3StoreOptions): S3Client {
  return new S3Client(clientConfigOf(options));
}

function createChecks(client: S3Client, options: S3StoreOptions): StoreChecks {
  const { bucket: Bucket } = options;
  const explained = (action: string) => (error: unknown) => {
    throw explainStoreError(error, action, locationOf(options));
  };
  return {
    async refusesWrongChecksum(key) {
      const wrong = Buffer.alloc(32).toString('base64');
      const request = { Bucket, Key: key, Body: 'not these bytes', ChecksumSHA256: wrong };
      try {
        await client.send(new PutObjectCommand(request));
        return false;
      } catch (error) {
        if (statusOf(error) === 400) return true;
        return explained('Put with a wrong checksum')(error);
      }
    },
    async refusesWrongSecret() {
      const { secretAccessKey } = options;
      if (options.accessKeyId === undefined || secretAccessKey === undefined) return undefined;
      const stranger = createClient({ ...options, secretAccessKey: `${secretAccessKey}-wrong` });
      try {
        await stranger.send(new ListObjectsV2Command({ Bucket, MaxKeys: 1 }));
        return false;
      } catch (error) {
        if (statusOf(error) === 403 || statusOf(error) === 401) return true;
        return explained('List with a wrong secret')(error);
      } finally {
        stranger.destroy();
      }
    },
  };
}

async function bytesOf(body: Readable): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk as Uint8Array);
  return new Uint8Array(Buffer.concat(chunks));
}
