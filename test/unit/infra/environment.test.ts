import { describe, expect, it } from 'vitest';
import { EnvironmentError, readEnvironment } from '../../../infra/environment.js';

describe('readEnvironment', () => {
  it('needs no variable at all', () => {
    const environment = readEnvironment({});
    expect(environment.temporal).toMatchObject({ isExternal: false, namespace: 'default' });
    expect(environment.s3).toEqual({ isExternal: false, region: 'us-east-1', bucket: 'burnish' });
    expect(environment.paths.run).toMatch(/\/\.burnish\/run$/);
    expect(environment.threads).toBeGreaterThan(0);
    expect(environment).not.toHaveProperty('telemetryEndpoint');
  });

  it('lists every mistake by the name of its variable', () => {
    const read = (): unknown =>
      readEnvironment({
        TEMPORAL_ADDRESS: 'http://temporal:7233',
        AWS_ENDPOINT_URL_S3: 's3.example.com',
        BURNISH_BUCKET: 'Not A Bucket',
        BURNISH_THREADS: 'many',
        BURNISH_S3_PORT: '70700',
        AWS_ACCESS_KEY_ID: 'only one of two',
      });
    expect(read).toThrow(EnvironmentError);
    for (const mistake of [
      /TEMPORAL_ADDRESS: expected host:port/,
      /AWS_ENDPOINT_URL_S3: expected an http or https URL/,
      /BURNISH_BUCKET: expected a bucket name/,
      /BURNISH_THREADS: expected a whole number/,
      /BURNISH_S3_PORT: expected a port/,
    ])
      expect(read).toThrow(mistake);
  });

  it('asks for both keys of the object store or none', () => {
    expect(() => readEnvironment({ AWS_ACCESS_KEY_ID: 'a' })).toThrow(/set together or not at all/);
  });

  it('counts an empty variable as not set', () => {
    expect(readEnvironment({ TEMPORAL_ADDRESS: '', BURNISH_THREADS: '' }).temporal.isExternal).toBe(
      false,
    );
  });

  it('gives keys to the store they belong to, and never those of another to the embedded one', () => {
    const keys = { AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' };
    expect(readEnvironment(keys).s3).not.toHaveProperty('accessKeyId');
    expect(
      readEnvironment({ ...keys, AWS_ENDPOINT_URL_S3: 'https://s3.example.com' }).s3,
    ).toMatchObject({ isExternal: true, accessKeyId: 'id', secretAccessKey: 'secret' });
  });

  it("leaves a profile to Temporal's own reader, and reads no profile for the embedded server", () => {
    const profile = readEnvironment({
      TEMPORAL_PROFILE: 'prod',
      HOME: '/home/a',
      PATH: '/bin',
    }).temporal;
    expect(profile).toEqual({
      isExternal: true,
      namespace: 'default',
      connect: {
        disableFile: false,
        overrideEnvVars: { TEMPORAL_PROFILE: 'prod', HOME: '/home/a' },
      },
    });
    expect(readEnvironment({}).temporal.connect.disableFile).toBe(true);
  });
});
