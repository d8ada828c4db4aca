import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { S3Store } from '../../storage/s3-store.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { sha256 } from '../../files/digest.js';
import { ensureBucket, startS3Server, type S3Server } from '../support/servers/s3-server.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';

const bucket = 'behind-a-proxy';
const content = Buffer.alloc(300_000, 'what is sent');
let server: S3Server;
let proxy: FaultProxy;
let store: ObjectStore;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-proxy-'));
  await writeFile(join(folder, 'file'), content);
  server = await startS3Server();
  await ensureBucket({ ...server.options, bucket });
  proxy = await startFaultProxy(new URL(server.options.endpoint ?? ''), 7);
  store = new S3Store({ ...server.options, endpoint: proxy.url, bucket, maxAttempts: 10 });
});
afterAll(async () => {
  await proxy.stop();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

test.each(['pass', 'slow', 'busy', 'reset', 'torn'] as const)(
  'what is stored through a proxy that lets requests %s is whole',
  async (mode) => {
    proxy.set(mode);
    for (let index = 0; index < 6; index += 1) {
      await store.putFile(`${mode}/file-${index}`, join(folder, 'file'));
      await store.put(`${mode}/once-${index}`, 'mine', { ifAbsent: true });
    }
    const { seen, hit } = proxy.counts;
    proxy.set('pass');
    for (let index = 0; index < 6; index += 1) {
      const digest = await store.digest(`${mode}/file-${index}`);
      expect(digest).toEqual({ byteLength: content.byteLength, sha256: sha256(content) });
    }
    expect(seen).toBeGreaterThanOrEqual(12);
    expect(hit > 0).toBe(mode !== 'pass');
  },
);
