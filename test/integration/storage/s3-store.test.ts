import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArtifact, writeArtifact } from '../../../storage/artifacts.js';
import {
  commitCheckpoint,
  newestCheckpoint,
  readCheckpoint,
} from '../../../storage/checkpoints.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { probeStore } from '../../../storage/probe.js';
import type { S3StoreOptions } from '../../../storage/s3-options.js';
import { S3Store } from '../../../storage/s3-store.js';
import { StoreRefusedError, StoreUnavailableError } from '../../../storage/store-errors.js';
import { beginUpload } from './begin-upload.js';
import { withHook } from '../../support/fakes/faulty-store.js';
import { makeFiles, makeFolder, readFiles } from '../../support/folders.js';
import { describeObjectStore } from '../../support/object-store-suite.js';
import { ensureBucket, startS3Server, type S3Server } from '../../support/servers/s3-server.js';

const run = promisify(execFile);
const readArtifactOnce = fileURLToPath(new URL('./read-artifact-once.ts', import.meta.url));
let server: S3Server;

beforeAll(async () => {
  server = await startS3Server();
}, 20_000);
afterAll(async () => {
  await server.stop();
});

async function openBucket(
  bucket: string,
): Promise<{ store: ObjectStore; options: S3StoreOptions }> {
  const options = { ...server.options, bucket };
  await ensureBucket(options);
  return { store: new S3Store(options), options };
}

describeObjectStore(
  'the store on versitygw',
  async () => (await openBucket('suite')).store,
  (_, key) => beginUpload({ ...server.options, bucket: 'suite' }, key),
);

describe('a store that is set up wrongly', () => {
  const calls: Record<string, (store: ObjectStore) => Promise<unknown>> = {
    put: (store) => store.put('a/b', 'x'),
    'conditional put': (store) => store.put('a/b', 'x', { ifAbsent: true }),
    putFile: (store) => store.putFile('a/b', 'package.json'),
    get: (store) => store.get('a/b'),
    list: (store) => store.list('a/')[Symbol.asyncIterator]().next(),
    delete: (store) => store.delete('a/b'),
    listUploads: (store) => store.listUploads('a/')[Symbol.asyncIterator]().next(),
    abortUpload: (store) =>
      store.abortUpload({ key: 'a/b', uploadId: 'none', begunAt: new Date(0) }),
    probe: (store) => probeStore(store),
  };

  it.each([
    ['a wrong secret', { secretAccessKey: 'not-the-secret' }, /credentials.*SignatureDoesNotMatch/],
    ['an unknown key', { accessKeyId: 'nobody' }, /credentials/],
    ['a missing bucket', { bucket: 'nowhere' }, /bucket does not exist.*"nowhere"/],
    ['another region', { region: 'eu-central-1' }, /region/],
  ])(
    'refuses every call with %s, and says what to do',
    async (_, wrong, message) => {
      const { options } = await openBucket('right');
      const store = new S3Store({ ...options, ...wrong });
      for (const [name, call] of Object.entries(calls)) {
        const error: unknown = await call(store).catch((thrown: unknown) => thrown);
        expect(error, name).toBeInstanceOf(StoreRefusedError);
        expect((error as Error).message).toMatch(message);
        expect((error as Error).message).toContain(String(server.options.endpoint));
        expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(
          /not-the-secret|burnish-test-secret/,
        );
      }
    },
    20_000,
  );

  it('refuses an endpoint that is no URL before anything is asked', () => {
    const options = { ...server.options, endpoint: 'localhost:7070', bucket: 'right' };
    expect(() => new S3Store(options)).toThrow(StoreRefusedError);
  });
});

describe('probeStore on versitygw', () => {
  it('finds everything as it should be, quickly, and leaves nothing', async () => {
    const { store } = await openBucket('probed');
    const startedAt = performance.now();
    const { ok, findings } = await probeStore(store);
    // Half a second on an idle machine; the limit leaves room for a busy one.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
    expect(findings.filter((finding) => !finding.ok)).toEqual([]);
    expect(ok).toBe(true);
    expect(findings).toHaveLength(7);
    for await (const { key } of store.list('')) expect.unreachable(key);
  }, 20_000);
});

describe('artifacts on versitygw', () => {
  it('serves several processes at once from one cache', async () => {
    const { store, options } = await openBucket('shared');
    const content = { 'weights.bin': randomBytes(12_000_000).toString('hex'), 'config.json': '{}' };
    const ref = await writeArtifact(store, 'model', await makeFiles(content));
    const cache = await makeFolder();
    const readers = await Promise.all(
      [1, 2, 3].map(() =>
        run(process.execPath, [
          ...['--import', 'tsx', readArtifactOnce],
          ...[JSON.stringify(options), JSON.stringify(ref), cache],
        ]),
      ),
    );
    const folders = new Set(readers.map(({ stdout }) => stdout));
    expect([...folders]).toEqual([await readArtifact(store, ref, cache)]);
    expect(await readFiles([...folders][0]!)).toEqual(content);
    // Nothing of the downloads that came second is left.
    expect(Object.keys(await readFiles(cache))).toHaveLength(3);
  }, 60_000);
});

describe('checkpoints on versitygw', () => {
  const stageKey = 'a'.repeat(64);
  const folderAt = (step: number, by = ''): Promise<string> =>
    makeFiles({ 'policy.bin': `weights at ${step}${by}`, 'moments/0.bin': `moments at ${step}` });

  it('outlive a server that is killed in the middle of an upload', async () => {
    const { store, options } = await openBucket('killed');
    const commit = async (
      target: ObjectStore,
      stepIndex: number,
    ): ReturnType<typeof commitCheckpoint> =>
      commitCheckpoint(target, {
        stageKey,
        stepIndex,
        attempt: 1,
        folder: await folderAt(stepIndex),
      });
    const before = await commit(store, 1);
    const impatient = new S3Store({ ...options, maxAttempts: 1 });
    const doomed = withHook(impatient, (method, key) =>
      method === 'putFile' && key.endsWith('policy.bin') ? server.kill() : undefined,
    );
    await expect(commit(doomed, 2)).rejects.toThrow(StoreUnavailableError);
    await server.restart();
    expect(await newestCheckpoint(store, stageKey)).toEqual(before);
    const after = await commit(store, 2);
    expect(await newestCheckpoint(store, stageKey)).toEqual(after);
  }, 30_000);

  it.each(['policy.bin', 'commit.json'])(
    'are passed over when the server keeps a damaged %s, and replaced by the next attempt',
    async (name) => {
      const bucket = `damaged-${name.replace('.', '-')}`;
      const { store } = await openBucket(bucket);
      const commit = async (stepIndex: number): ReturnType<typeof commitCheckpoint> => {
        const folder = await folderAt(stepIndex);
        return commitCheckpoint(store, { stageKey, stepIndex, attempt: 1, folder });
      };
      const [before, damaged] = [await commit(1), await commit(2)];
      const step = join(server.dataFolder, bucket, 'checkpoints', stageKey, 'step-0000000002');
      const files = await readdir(step, { recursive: true });
      const path = join(step, files.find((file) => file.endsWith(name)) ?? name);
      const bytes = await readFile(path);
      bytes[bytes.length >> 1]! ^= 1;
      // In place: the server keeps its own checksum of an object beside the file.
      await writeFile(path, bytes);
      expect(await newestCheckpoint(store, stageKey)).toEqual(before);
      expect(await commit(2)).toEqual(damaged);
      expect(await newestCheckpoint(store, stageKey)).toEqual(damaged);
    },
    30_000,
  );

  it('have one winner when attempts race for a step', async () => {
    const { store } = await openBucket('raced');
    for (let stepIndex = 1; stepIndex <= 10; stepIndex += 1) {
      const refs = await Promise.all(
        [1, 2, 3].map(async (attempt) => {
          const folder = await folderAt(stepIndex, ` by ${attempt}`);
          return commitCheckpoint(store, { stageKey, stepIndex, attempt, folder });
        }),
      );
      expect(new Set(refs.map(({ digest }) => digest)).size).toBe(1);
      const read = await readFiles(await readCheckpoint(store, refs[0]!, await makeFolder()));
      expect(read['policy.bin']).toMatch(new RegExp(`^weights at ${stepIndex} by [123]$`));
    }
  }, 30_000);
});
