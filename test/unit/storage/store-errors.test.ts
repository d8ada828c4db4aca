import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  explainStoreError,
  StoreRefusedError,
  StoreUnavailableError,
} from '../../../storage/store-errors.js';

const location = {
  bucket: 'models',
  endpoint: 'http://me:hunter2@store:7070',
  region: 'eu-west-1',
};

function answer(status: number, name: string): Error {
  return Object.assign(new Error(`server says ${name}`), {
    name,
    $metadata: { httpStatusCode: status },
  });
}

function networkFailure(code: string): Error {
  return Object.assign(new Error(`failed with ${code}`), { code, syscall: 'connect' });
}

const explain = (error: unknown): Error => explainStoreError(error, 'Put of a/b', location);

describe('explainStoreError', () => {
  it.each([
    [answer(403, 'SignatureDoesNotMatch'), /credentials.*access key/],
    [answer(403, 'InvalidAccessKeyId'), /credentials/],
    [answer(403, 'SomethingNew'), /credentials/],
    [answer(404, 'XAdminUserNotFound'), /credentials/],
    [answer(404, 'NoSuchBucket'), /bucket does not exist.*Create the bucket/],
    [answer(301, 'PermanentRedirect'), /region/],
    [answer(400, 'AuthorizationHeaderMalformed'), /region/],
    [answer(400, 'InvalidRequest'), /400 InvalidRequest/],
    [answer(501, 'NotImplemented'), /not supported/],
    [networkFailure('SELF_SIGNED_CERT_IN_CHAIN'), /NODE_EXTRA_CA_CERTS/],
  ])('calls %s refused, since waiting cannot help', (error, message) => {
    const explained = explain(error);
    expect(explained).toBeInstanceOf(StoreRefusedError);
    expect(explained.message).toMatch(message);
  });

  it.each([
    [answer(500, 'InternalError')],
    [answer(503, 'SlowDown')],
    [answer(429, 'TooManyRequests')],
    [answer(400, 'RequestTimeout')],
    [answer(400, 'BadDigest')],
    [answer(404, 'NoSuchUpload')],
    [answer(403, 'RequestTimeTooSkewed')],
    [networkFailure('ECONNREFUSED')],
    [networkFailure('ENOTFOUND')],
    [Object.assign(new Error('slow'), { name: 'TimeoutError' })],
  ])('calls %s unavailable, since waiting can help', (error) => {
    expect(explain(error)).toBeInstanceOf(StoreUnavailableError);
  });

  it('says that a full store needs room', () => {
    for (const error of [answer(507, 'Unknown'), answer(500, 'XMinioStorageFull')]) {
      const explained = explain(error);
      expect(explained).toBeInstanceOf(StoreUnavailableError);
      expect(explained.message).toMatch(/full: make room/);
    }
  });

  it('names the action, the bucket and the endpoint, and keeps the cause', () => {
    const cause = answer(503, 'SlowDown');
    const explained = explain(cause);
    expect(explained.message).toContain('Put of a/b');
    expect(explained.message).toContain('bucket "models", http://store:7070');
    expect(explained.cause).toMatchObject({ name: 'SlowDown', message: cause.message });
  });

  it('never shows a user name or password that stands in the endpoint', () => {
    for (const error of [answer(403, 'AccessDenied'), answer(503, 'SlowDown')]) {
      expect(inspect(explain(error))).not.toMatch(/hunter2|me:/);
    }
  });

  it('drops the request and response, in which a session token stands, from the cause', () => {
    for (const error of [answer(403, 'AccessDenied'), answer(503, 'SlowDown')]) {
      const headers = { 'x-amz-security-token': 'token-of-the-session' };
      Object.assign(error, { $response: { req: { headers } } });
      expect(inspect(explain(error), { depth: 9, showHidden: true })).not.toMatch(/token-of/);
    }
  });

  it('passes errors of the local disk on as they are', () => {
    const missing = Object.assign(new Error('ENOENT'), { code: 'ENOENT', path: 'weights' });
    const full = Object.assign(new Error('ENOSPC'), { code: 'ENOSPC', syscall: 'write' });
    expect(explain(missing)).toBe(missing);
    expect(explain(full)).toBe(full);
  });

  it('does not explain an error twice', () => {
    const first = explain(answer(503, 'SlowDown'));
    expect(explain(first)).toBe(first);
  });
});
