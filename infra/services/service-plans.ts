import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Queue, SearchAttribute } from '../../contracts/names.js';
import type { Environment } from '../environment.js';
import { connectionVariables, temporalProfilePath } from './connect-environment.js';
import type { PortWish } from './ports.js';
import type { ServiceName } from './service-state.js';
import { provideStoreCredentials } from './store-credentials.js';

/** How one service is started and recognised as ready. */
export interface ServicePlan {
  command: string[];
  /** Added to this process's variables; undefined ones are removed. */
  variables: Record<string, string | undefined>;
  address?: string;
  uiUrl?: string;
  pools?: string[];
  isReady: () => Promise<boolean>;
}

/** Task queues by process: light work apart from what holds the processor for long. */
const poolsOf = {
  worker: [Queue.burnish, Queue.collect, Queue.score],
  trainer: [Queue.train, Queue.generate],
};

/** How long a service may take to end by itself; a trainer writes a checkpoint first. */
export const graceMs: Record<ServiceName, number> = {
  temporal: 10_000,
  s3: 10_000,
  simulator: 5_000,
  worker: 30_000,
  trainer: 60_000,
};

/** Ports a service listens on, with what the user and custom wish. */
export function portWishes(name: ServiceName, environment: Environment): Record<string, PortWish> {
  const { ports } = environment;
  switch (name) {
    case 'temporal':
      return {
        grpc: { fixed: ports.temporal, variable: 'BURNISH_TEMPORAL_PORT', preferred: [7233] },
        ui: { fixed: ports.temporalUi, variable: 'BURNISH_TEMPORAL_UI_PORT', preferred: [8233] },
      };
    case 's3':
      return { http: { fixed: ports.s3, variable: 'BURNISH_S3_PORT', preferred: [7070] } };
    case 'simulator':
      return {
        http: { fixed: ports.simulator, variable: 'BURNISH_SIMULATOR_PORT', preferred: [7080] },
      };
    case 'worker':
    case 'trainer':
      return {};
  }
}

/** Whether the user brings this service along. */
export function isExternal(name: ServiceName, environment: Environment): boolean {
  switch (name) {
    case 'temporal':
      return environment.temporal.isExternal;
    case 's3':
      return environment.s3.isExternal;
    case 'simulator':
      return environment.simulatorUrl !== undefined;
    case 'worker':
    case 'trainer':
      return false;
  }
}

/** How to start a service on these ports; `connected` knows the services it depends on. */
export function planService(
  name: ServiceName,
  ports: Record<string, number>,
  connected: Environment,
): ServicePlan {
  switch (name) {
    case 'temporal':
      return planTemporal(ports, connected);
    case 's3':
      return planS3(ports, connected);
    case 'simulator':
      return planSimulator(ports, connected);
    case 'worker':
    case 'trainer':
      return planWorker(name, connected);
  }
}

function planTemporal(ports: Record<string, number>, environment: Environment): ServicePlan {
  const { paths, temporal } = environment;
  const address = `127.0.0.1:${String(ports['grpc'])}`;
  const uiUrl = `http://127.0.0.1:${String(ports['ui'])}`;
  mkdirSync(paths.data, { recursive: true });
  mkdirSync(paths.run, { recursive: true });
  writeFileSync(
    temporalProfilePath(paths.run),
    `[profile.default]\naddress = ${JSON.stringify(address)}\nnamespace = ${JSON.stringify(temporal.namespace)}\n`,
  );
  const attributes = Object.values(SearchAttribute);
  return {
    command: [
      paths.temporalProgram,
      'server',
      'start-dev',
      ...['--ip', '127.0.0.1'],
      ...['--port', String(ports['grpc'])],
      ...['--ui-port', String(ports['ui'])],
      ...['--namespace', temporal.namespace],
      ...['--db-filename', join(paths.data, 'temporal.db')],
      ...attributes.flatMap((attribute) => ['--search-attribute', `${attribute}=Keyword`]),
      ...['--log-level', 'error'],
    ],
    variables: { TEMPORAL_API_KEY: undefined, TEMPORAL_TLS: undefined },
    address,
    uiUrl,
    isReady: () => answers(`${uiUrl}/api/v1/namespaces/${temporal.namespace}`, 200),
  };
}

function planS3(ports: Record<string, number>, environment: Environment): ServicePlan {
  const { paths, s3 } = environment;
  const objects = join(paths.data, 's3');
  // The gateway serves every folder below its root as a bucket.
  mkdirSync(join(objects, s3.bucket), { recursive: true });
  const { accessKeyId, secretAccessKey } = provideStoreCredentials(paths.run);
  const listen = `127.0.0.1:${String(ports['http'])}`;
  const address = `http://${listen}`;
  return {
    command: [
      paths.s3GatewayProgram,
      ...['--quiet', '--keep-alive', '--port', listen, '--region', s3.region],
      ...['posix', objects],
    ],
    variables: { ROOT_ACCESS_KEY: accessKeyId, ROOT_SECRET_KEY: secretAccessKey },
    address,
    // Without a signature the gateway refuses, which only a listening one can do.
    isReady: () => answers(address, 403),
  };
}

function planSimulator(ports: Record<string, number>, environment: Environment): ServicePlan {
  const address = `http://127.0.0.1:${String(ports['http'])}`;
  return {
    command: nodeCommand(environment, 'providers/simulator/main.ts', [
      '--port',
      String(ports['http']),
    ]),
    variables: {},
    address,
    isReady: () => answers(`${address}/v2/health/ready`, 200),
  };
}

function planWorker(name: 'worker' | 'trainer', environment: Environment): ServicePlan {
  const pools = poolsOf[name];
  const readyFile = readyFileOf(name, environment);
  return {
    command: nodeCommand(environment, 'workers/main.ts', ['--pool', pools.join(',')]),
    variables: { ...connectionVariables(environment), BURNISH_READY_FILE: readyFile },
    pools,
    isReady: () => Promise.resolve(existsSync(readyFile)),
  };
}

/** File that a worker writes once it polls. */
export function readyFileOf(name: ServiceName, environment: Environment): string {
  return join(environment.paths.run, `${name}.ready`);
}

/** The heap grows by this much before it is cleared: by default a process keeps several times what it uses. */
const memoryFlags = ['--heap-growing-percent=40'];

/** The command that runs a TypeScript program of the checkout. */
function nodeCommand(environment: Environment, program: string, parameters: string[]): string[] {
  const loader = join(environment.paths.project, 'node_modules', 'tsx', 'dist', 'loader.mjs');
  const path = join(environment.paths.project, program);
  return [process.execPath, ...memoryFlags, '--import', loader, path, ...parameters];
}

async function answers(url: string, status: number): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.body?.cancel();
    return response.status === status;
  } catch {
    return false;
  }
}
