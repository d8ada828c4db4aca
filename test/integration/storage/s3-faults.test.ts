import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { PreconditionFailedError, type ObjectStore } from '../../../storage/object-store.js';
import { sha256 } from '../../../files/digest.js';
import { S3Store } from '../../../storage/s3-store.js';
import { StoreUnavailableError } from '../../../storage/store-errors.js';
import {
  startLoopbackServer,
  type LoopbackRequest,
} from '../../support/servers/loopback-server.js';

interface Scripted {
  store: ObjectStore;
  requests: LoopbackRequest[];
}

type Step = (answer: ServerResponse) => void;

/** A store whose server answers request after request as the steps say; the last step answers all further ones. */
async function scriptServer(...steps: Step[]): Promise<Scripted> {
  const server = await startLoopbackServer(steps);
  onTestFinished(() => server.stop());
  const store = new S3Store({
    endpoint: server.url,
    region: 'us-east-1',
    bucket: 'scripted',
    accessKeyId: 'key',
    secretAccessKey: 'secret',
    idleTimeoutMs: 300,
    maxAttempts: 3,
  });
  return { store, requests: server.seen };
}

const methodsOf = (requests: LoopbackRequest[]): string[] => requests.map(({ method }) => method);

const refuse =
  (status: number, code: string): Step =>
  (answer) => {
    answer.writeHead(status, { 'content-type': 'application/xml' });
    answer.end(`<?xml version="1.0"?><Error><Code>${code}</Code><Message>no</Message></Error>`);
  };
const accept: Step = (answer) => void answer.writeHead(200, { etag: '"new"' }).end();
const hangUp: Step = (answer) => void answer.socket?.destroy();
const give =
  (text: string): Step =>
  (answer) =>
    void answer.writeHead(200, { etag: '"it"', 'content-length': text.length }).end(text);
const breakOff: Step = (answer) => {
  answer.writeHead(200, { etag: '"it"', 'content-length': 10 });
  answer.write('01234', () => answer.socket?.destroy());
};
const stall: Step = (answer) => {
  answer.writeHead(200, { etag: '"it"', 'content-length': 10 });
  answer.write('01234');
};

describe('a conditional put that the connection or the server breaks', () => {
  it('succeeds when the first try was stored though its answer was lost', async () => {
    const { store, requests } = await scriptServer(
      hangUp,
      refuse(412, 'PreconditionFailed'),
      give('mine'),
    );
    expect(await store.put('a/b', 'mine', { ifAbsent: true })).toEqual({ etag: '"it"' });
    expect(methodsOf(requests)).toEqual(['PUT', 'PUT', 'GET']);
  });

  it('fails when another writer stored other bytes while the answer was lost', async () => {
    const { store } = await scriptServer(hangUp, refuse(412, 'PreconditionFailed'), give('theirs'));
    const putting = store.put('a/b', 'mine', { ifAbsent: true });
    await expect(putting).rejects.toThrow(PreconditionFailedError);
  });

  it('fails at once, without reading back, when the only try was refused', async () => {
    const { store, requests } = await scriptServer(refuse(412, 'PreconditionFailed'), give('mine'));
    const putting = store.put('a/b', 'mine', { ifAbsent: true });
    await expect(putting).rejects.toThrow(PreconditionFailedError);
    expect(methodsOf(requests)).toEqual(['PUT']);
  });

  it('tries again after a conflict of two writers', async () => {
    const { store, requests } = await scriptServer(
      refuse(409, 'ConditionalRequestConflict'),
      accept,
    );
    expect(await store.put('a/b', 'mine', { ifMatch: '"old"' })).toEqual({ etag: '"new"' });
    expect(methodsOf(requests)).toEqual(['PUT', 'PUT']);
  });

  it('gives up on a conflict that does not end', async () => {
    const { store } = await scriptServer(refuse(409, 'ConditionalRequestConflict'));
    const putting = store.put('a/b', 'mine', { ifAbsent: true });
    await expect(putting).rejects.toThrow(StoreUnavailableError);
  });

  it('takes a missing object for a mismatch when it was to be replaced', async () => {
    const { store } = await scriptServer(refuse(404, 'NoSuchKey'));
    const putting = store.put('a/b', 'mine', { ifMatch: '"old"' });
    await expect(putting).rejects.toThrow(PreconditionFailedError);
  });
});

describe('a server that is busy', () => {
  it('is asked again, and the whole body sent again', async () => {
    const { store, requests } = await scriptServer(refuse(503, 'SlowDown'), accept);
    await store.put('a/b', 'all of it');
    expect(requests).toHaveLength(2);
    expect(requests[1]?.body.toString()).toContain('all of it');
  });

  it('is called unavailable when it stays busy', async () => {
    const { store, requests } = await scriptServer(refuse(503, 'SlowDown'));
    await expect(store.get('a/b')).rejects.toThrow(StoreUnavailableError);
    expect(requests).toHaveLength(3);
  });
});

describe('a server that hangs up', () => {
  it('is asked as often as allowed and not more, for a get as for a put', async () => {
    const { store, requests } = await scriptServer(hangUp);
    await expect(store.get('a/b')).rejects.toThrow(StoreUnavailableError);
    expect(methodsOf(requests)).toEqual(['GET', 'GET', 'GET']);
    await expect(store.put('a/b', 'x')).rejects.toThrow(StoreUnavailableError);
    expect(requests).toHaveLength(6);
  });
});

describe('a download that breaks', () => {
  it.each([
    ['breaks off', breakOff],
    ['falls silent', stall],
  ])('starts again when it %s', async (_, step) => {
    const folder = await mkdtemp(join(tmpdir(), 'burnish-faults-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const inMemory = await scriptServer(step, give('0123456789'));
    const stored = await inMemory.store.get('a/b');
    expect(new TextDecoder().decode(stored?.body)).toBe('0123456789');
    const toFile = await scriptServer(step, give('0123456789'));
    await toFile.store.getToFile('a/b', join(folder, 'file'));
    expect(await readFile(join(folder, 'file'), 'utf8')).toBe('0123456789');
    const digested = await scriptServer(step, give('0123456789'));
    expect(await digested.store.digest('a/b')).toEqual({
      byteLength: 10,
      sha256: sha256('0123456789'),
    });
  });

  it('never passes for whole, however often it breaks', async () => {
    const { store } = await scriptServer(breakOff);
    await expect(store.get('a/b')).rejects.toThrow(StoreUnavailableError);
  });
});
