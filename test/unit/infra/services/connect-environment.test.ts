import { describe, expect, it } from 'vitest';
import { readEnvironment } from '../../../../infra/environment.js';
import { connectionVariables, fillIn } from '../../../../infra/services/connect-environment.js';
import { provideStoreCredentials } from '../../../../infra/services/store-credentials.js';
import { makeFolder } from '../../../support/folders.js';

const addresses = {
  temporal: '127.0.0.1:7233',
  s3: 'http://127.0.0.1:7070',
  simulator: 'http://127.0.0.1:7080',
  worker: undefined,
  trainer: undefined,
};

/** Services that all run. */
const find = (name: keyof typeof addresses) => {
  const address = addresses[name];
  return {
    name,
    pid: 1,
    startTime: '1',
    token: '',
    settingsDigest: '',
    ports: {},
    ...(address === undefined ? {} : { address }),
    startedAt: 0,
    logPath: '',
  };
};

describe('fillIn', () => {
  it('tells where the embedded services are and with which keys', async () => {
    const environment = readEnvironment({ BURNISH_HOME: await makeFolder() });
    const keys = provideStoreCredentials(environment.paths.run);
    const connected = fillIn(environment, find);
    expect(connected.temporal.address).toBe(addresses.temporal);
    expect(connected.s3).toMatchObject({ endpoint: addresses.s3, ...keys });
    expect(connected.simulatorUrl).toBe(addresses.simulator);
  });

  it('leaves alone what the user brings along', async () => {
    const environment = readEnvironment({
      BURNISH_HOME: await makeFolder(),
      TEMPORAL_ADDRESS: 'temporal.example.com:7233',
      AWS_ENDPOINT_URL_S3: 'https://s3.example.com',
      BURNISH_SIMULATOR_URL: 'http://127.0.0.1:9',
    });
    expect(fillIn(environment, find)).toEqual(environment);
  });
});

describe('connectionVariables', () => {
  it('makes another process read the same connections', async () => {
    const home = await makeFolder();
    const environment = readEnvironment({
      BURNISH_HOME: home,
      TEMPORAL_API_KEY: 'of another server',
      AWS_SESSION_TOKEN: 'of another store',
    });
    const keys = provideStoreCredentials(environment.paths.run);
    const variables = connectionVariables(fillIn(environment, find));
    expect(variables['TEMPORAL_API_KEY']).toBeUndefined();
    const there = readEnvironment(variables);
    expect(there.temporal.address).toBe(addresses.temporal);
    expect(there.temporal.connect.overrideEnvVars).not.toHaveProperty('TEMPORAL_API_KEY');
    expect(there.s3).toMatchObject({ endpoint: addresses.s3, ...keys });
    expect(there.s3).not.toHaveProperty('sessionToken');
    expect(there.simulatorUrl).toBe(addresses.simulator);
    expect(there.paths.root).toBe(home);
  });
});
