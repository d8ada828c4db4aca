import { statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { readEnvironment, type Environment } from '../../../infra/environment.js';
import { connectEnvironment } from '../../../infra/services/connect-environment.js';
import { PortBusyError } from '../../../infra/services/ports.js';
import type { ServiceName, ServiceStatus } from '../../../infra/services/service-state.js';
import {
  ServiceFailedError,
  servicesDown,
  servicesStatus,
  servicesUp,
} from '../../../infra/services/services.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { S3Store } from '../../../storage/s3-store.js';
import { makeFolder } from '../../support/folders.js';
import { identify, isAlive } from '../../../files/process-identity.js';

const only: ServiceName[] = ['temporal', 's3', 'simulator'];
let environment: Environment;

beforeEach(async () => {
  environment = readEnvironment({ BURNISH_HOME: await makeFolder() });
});
afterEach(async () => {
  await servicesDown({ environment });
});

function find(statuses: ServiceStatus[], name: ServiceName): ServiceStatus {
  return statuses.find((status) => status.name === name)!;
}

function storeOf({ s3 }: Environment): ObjectStore {
  return new S3Store({
    endpoint: s3.endpoint!,
    region: s3.region,
    bucket: s3.bucket,
    accessKeyId: s3.accessKeyId!,
    secretAccessKey: s3.secretAccessKey!,
  });
}

describe('the embedded services', () => {
  it('start, serve, tell how they stand, and leave no process behind', async () => {
    const statuses = await servicesUp({ environment, only });
    expect(statuses.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'temporal running',
      's3 running',
      'simulator running',
      'worker stopped',
      'trainer stopped',
    ]);
    const connected = connectEnvironment(environment);

    const { connectionOptions } = loadClientConnectConfig(connected.temporal.connect);
    const connection = await Connection.connect({ address: connectionOptions.address! });
    const { customAttributes } = await connection.operatorService.listSearchAttributes({
      namespace: 'default',
    });
    expect(Object.keys(customAttributes)).toEqual(
      expect.arrayContaining(['BurnishRecipe', 'BurnishStage', 'BurnishModel']),
    );
    await connection.close();

    await storeOf(connected).put('a/b', 'kept');
    await servicesDown({ environment });
    for (const { pid } of statuses)
      if (pid !== undefined) expect(isAlive(identify(pid))).toBe(false);
    expect((await servicesStatus({ environment })).every(({ state }) => state === 'stopped')).toBe(
      true,
    );

    await servicesUp({ environment, only: ['s3'] });
    const kept = await storeOf(connectEnvironment(environment)).get('a/b');
    expect(Buffer.from(kept!.body).toString()).toBe('kept');
  });

  it('are left running by a second start, and started again when they crashed', async () => {
    const first = await servicesUp({ environment, only });
    const second = await servicesUp({ environment, only });
    expect(second).toEqual(first);

    process.kill(find(first, 's3').pid!, 'SIGKILL');
    await expect
      .poll(async () => find(await servicesStatus({ environment }), 's3').state)
      .toBe('crashed');
    const third = await servicesUp({ environment, only });
    expect(find(third, 's3')).toMatchObject({
      state: 'running',
      address: find(first, 's3').address,
    });
    expect(find(third, 's3').pid).not.toBe(find(first, 's3').pid);
    expect(find(third, 'temporal').pid).toBe(find(first, 'temporal').pid);
  });

  it('are started once when two commands ask at the same time', async () => {
    const [first, second] = await Promise.all([
      servicesUp({ environment, only: ['s3'] }),
      servicesUp({ environment, only: ['s3'] }),
    ]);
    expect(find(second, 's3').pid).toBe(find(first, 's3').pid);
  });

  it('refuse a busy port the user asked for, and take another when it is only preferred', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const fixed = { ...environment, ports: { s3: port } };
    await expect(servicesUp({ environment: fixed, only: ['s3'] })).rejects.toThrow(PortBusyError);
    server.close();
    const [, s3] = await servicesUp({ environment: fixed, only: ['s3'] });
    expect(s3).toMatchObject({ state: 'running', address: `http://127.0.0.1:${String(port)}` });
  });

  it('say what the log says when one ends right after its start', async () => {
    const broken = {
      ...environment,
      paths: { ...environment.paths, s3GatewayProgram: '/bin/false' },
    };
    const start = servicesUp({ environment: broken, only: ['s3'] });
    await expect(start).rejects.toThrow(ServiceFailedError);
    await expect(start).rejects.toThrow(/s3 ended right after its start.*s3\.log/);
  });

  it('are not started when the user brings his own', async () => {
    const own = readEnvironment({
      BURNISH_HOME: environment.paths.root,
      TEMPORAL_ADDRESS: '127.0.0.1:1',
      AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:2',
      BURNISH_SIMULATOR_URL: 'http://127.0.0.1:3',
    });
    const statuses = await servicesUp({ environment: own, only });
    expect(statuses.slice(0, 3)).toEqual([
      { name: 'temporal', state: 'external', address: '127.0.0.1:1' },
      { name: 's3', state: 'external', address: 'http://127.0.0.1:2' },
      { name: 'simulator', state: 'external', address: 'http://127.0.0.1:3' },
    ]);
  });

  it('keep their keys from other users', async () => {
    await servicesUp({ environment, only: ['s3'] });
    expect(statSync(join(environment.paths.run, 's3-credentials.json')).mode & 0o077).toBe(0);
  });
});
