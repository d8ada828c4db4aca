import {
  AbortMultipartUploadCommand,
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
import { arrayBuffer } from 'node:stream/consumers';
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
  type StoredObject,
  type UnfinishedUpload,
} from './object-store.js';
import { digestOfStream } from '../files/digest.js';
import { clientConfigOf, type S3StoreOptions } from './s3-options.js';
import {
  attemptsOf,
  codeOf,
  explainStoreError,
  plainCause,
  statusOf,
  StoreUnavailableError,
  type StoreLocation,
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
export class S3Store implements ObjectStore {
  readonly bucketUri: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #location: StoreLocation;

  constructor(options: S3StoreOptions) {
    this.#client = new S3Client(clientConfigOf(options));
    this.#bucket = options.bucket;
    this.#location = options;
    this.bucketUri = `s3://${options.bucket}`;
  }

  async put(
    key: string,
    body: Uint8Array | string,
    conditions: PutConditions = {},
  ): Promise<{ etag: string }> {
    assertObjectKey(key);
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const request = new PutObjectCommand({
      Bucket: this.#bucket,
      Key: key,
      Body: bytes,
      ...(conditions.ifAbsent === true ? { IfNoneMatch: '*' } : {}),
      ...(conditions.ifMatch === undefined ? {} : { IfMatch: conditions.ifMatch }),
    });
    const isConditional = conditions.ifAbsent === true || conditions.ifMatch !== undefined;
    let sentBefore = false;
    for (let round = 1; ; round += 1) {
      try {
        const { ETag } = await this.#client.send(request);
        return { etag: ETag ?? '' };
      } catch (error) {
        const status = statusOf(error);
        sentBefore ||= attemptsOf(error) > 1;
        if (isConditional && status === 409 && round < maxRounds) {
          sentBefore = true;
          await sleep(50 * 2 ** round);
          continue;
        }
        const isMismatch = status === 412 || isMissingKey(error);
        if (!isConditional || !isMismatch) throw this.#explain(error, `Put of ${key}`);
        // A retried put may meet what its own lost first try has written.
        const stored = sentBefore ? await this.get(key) : undefined;
        if (stored !== undefined && Buffer.compare(stored.body, bytes) === 0) {
          return { etag: stored.etag };
        }
        throw new PreconditionFailedError(key, conditions, { cause: plainCause(error) });
      }
    }
  }

  async putFile(key: string, path: string): Promise<void> {
    assertObjectKey(key);
    const { size } = await stat(path);
    const partSize = Math.max(partBytes, Math.ceil(size / maxPartCount));
    const body = createReadStream(path, { highWaterMark: 1024 * 1024 });
    try {
      const params = { Bucket: this.#bucket, Key: key, Body: body };
      await new Upload({ client: this.#client, params, partSize, queueSize: 4 }).done();
    } catch (error) {
      throw this.#explain(error, `Upload of ${key}`);
    } finally {
      body.destroy();
    }
  }

  async get(key: string): Promise<StoredObject | undefined> {
    return this.#download(key, async (body, etag) => ({ body: await bytesOf(body), etag }));
  }

  async getToFile(key: string, path: string): Promise<void> {
    const found = await this.#download(key, async (body) => {
      await pipeline(body, createWriteStream(path));
      return true;
    });
    if (found === undefined) throw new ObjectMissingError(this, key);
  }

  async getRange(key: string, first: number, last: number): Promise<Uint8Array | undefined> {
    return this.#download(key, bytesOf, `bytes=${first}-${last}`);
  }

  async digest(key: string): Promise<ObjectDigest | undefined> {
    return this.#download(key, digestOfStream);
  }

  async *list(prefix: string): AsyncGenerator<ListedObject> {
    let token: string | undefined;
    do {
      const request = { Bucket: this.#bucket, Prefix: prefix, ContinuationToken: token };
      const page = await this.#client
        .send(new ListObjectsV2Command(request))
        .catch((error: unknown) => {
          throw this.#explain(error, `List of ${prefix}`);
        });
      for (const { Key, Size, LastModified } of page.Contents ?? []) {
        if (Key === undefined) continue;
        yield { key: Key, byteLength: Size ?? 0, lastModified: LastModified ?? new Date(0) };
      }
      token = page.IsTruncated === true ? page.NextContinuationToken : undefined;
    } while (token !== undefined);
  }

  async delete(key: string): Promise<void> {
    assertObjectKey(key);
    try {
      await this.#client.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }));
    } catch (error) {
      if (isMissingKey(error)) return;
      throw this.#explain(error, `Delete of ${key}`);
    }
  }

  async *listUploads(prefix: string): AsyncGenerator<UnfinishedUpload> {
    let marker: Pick<ListMultipartUploadsCommandInput, 'KeyMarker' | 'UploadIdMarker'> | undefined =
      {};
    while (marker !== undefined) {
      const request = { Bucket: this.#bucket, Prefix: prefix, ...marker };
      const page: ListMultipartUploadsCommandOutput = await this.#client
        .send(new ListMultipartUploadsCommand(request))
        .catch((error: unknown) => {
          throw this.#explain(error, `List of unfinished uploads of ${prefix}`);
        });
      for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
        if (Key === undefined || UploadId === undefined) continue;
        // Without a date it counts as begun now, so that it is not taken for an old one.
        yield { key: Key, uploadId: UploadId, begunAt: Initiated ?? new Date() };
      }
      const { IsTruncated, NextKeyMarker, NextUploadIdMarker } = page;
      marker =
        IsTruncated === true && NextKeyMarker !== undefined
          ? { KeyMarker: NextKeyMarker, UploadIdMarker: NextUploadIdMarker }
          : undefined;
    }
  }

  async abortUpload({ key, uploadId }: UnfinishedUpload): Promise<void> {
    const request = { Bucket: this.#bucket, Key: key, UploadId: uploadId };
    try {
      await this.#client.send(new AbortMultipartUploadCommand(request));
    } catch (error) {
      if (codeOf(error) === 'NoSuchUpload') return;
      throw this.#explain(error, `End of the unfinished upload of ${key}`);
    }
  }

  async refusesWrongChecksum(key: string): Promise<boolean> {
    const wrong = { Body: 'not these bytes', ChecksumSHA256: Buffer.alloc(32).toString('base64') };
    try {
      const request = new PutObjectCommand({ Bucket: this.#bucket, Key: key, ...wrong });
      await this.#client.send(request);
      return false;
    } catch (error) {
      if (statusOf(error) === 400) return true;
      throw this.#explain(error, 'Put with a wrong checksum');
    }
  }

  /** Gives the body to `consume`, again from the start when the connection breaks; `undefined`: no such key. */
  async #download<T>(
    key: string,
    consume: (body: Readable, etag: string) => Promise<T>,
    Range?: string,
  ): Promise<T | undefined> {
    assertObjectKey(key);
    for (let round = 1; ; round += 1) {
      try {
        const request = new GetObjectCommand({ Bucket: this.#bucket, Key: key, Range });
        const answer = await this.#client.send(request);
        return await consume(answer.Body as Readable, answer.ETag ?? '');
      } catch (error) {
        if (isMissingKey(error)) return undefined;
        // The object ends before the range begins.
        if (statusOf(error) === 416) return consume(Readable.from([]), '');
        const explained = this.#explain(error, `Get of ${key}`);
        const brokeOff = statusOf(error) === 0 && explained instanceof StoreUnavailableError;
        if (!brokeOff || attemptsOf(error) > 0 || round >= maxRounds) throw explained;
        await sleep(50 * 2 ** round);
      }
    }
  }

  #explain(error: unknown, action: string): Error {
    return explainStoreError(error, action, this.#location);
  }
}

function isMissingKey(error: unknown): boolean {
  return statusOf(error) === 404 && codeOf(error) === 'NoSuchKey';
}

async function bytesOf(body: Readable): Promise<Uint8Array> {
  return new Uint8Array(await arrayBuffer(body));
}
