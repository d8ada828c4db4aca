import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createS3Store, ensureBucket } from '../../../storage/s3-store.js';
import { StoreRefusedError, StoreUnavailableError } from '../../../storage/store-errors.js';
import { describeObjectStore } from '../../support/object-store-suite.js';
import { startS3Server, type S3Server } from '../../support/s3-server.js';

let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 20_000);
afterAll(async () => {
  await server.stop();
});

describeObjectStore('the store on versitygw', async () => {
  const options = { ...server.options, bucket: 'suite' };
  await ensureBucket(options);
  return createS3Store(options);
});

describe('ensureBucket', () => {
  it('creates a bucket and takes one that is there for done', async () => {
    const options = { ...server.options, bucket: 'ensured' };
    await ensureBucket(options);
    await ensureBucket(options);
    await createS3Store(options).put('note', 'kept');
  });
});
