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

/** What Burnish knows of a service before it is started. */
interface ServiceKind {
  /** How long it may take to end by itself, milliseconds. */
  graceMs: number;
  /** Ports it listens on: those the user asks for, else the usual ones first. */
  ports: (environment: Environment) => Record<string, PortWish>;
  /** Whether the user brings it along. */
  isExternal: (environment: Environment) => boolean;
  /** Where clients reach it; undefined for what takes its work from Temporal. */
  address: (environment: Environment) => string | undefined;
  /** How to start it on these ports; `connected` has the addresses of the services it depends on. */
  plan: (ports: Record<string, number>, connected: Environment) => ServicePlan;
}

export const serviceKinds: Record<ServiceName, ServiceKind> = {
  temporal: {
    graceMs: 10_000,
    ports: ({ ports: { temporal, temporalUi } }) => ({
      grpc: { fixed: temporal, variable: 'BURNISH_TEMPORAL_PORT', preferred: [7233] },
      ui: { fixed: temporalUi, variable: 'BURNISH_TEMPORAL_UI_PORT', preferred: [8233] },
    }),
    isExternal: ({ temporal }) => temporal.isExternal,
    address: ({ temporal }) => temporal.address,
    plan: planTemporal,
  },
  s3: {
    graceMs: 10_000,
    ports: ({ ports: { s3 } }) => ({
      http: { fixed: s3, variable: 'BURNISH_S3_PORT', preferred: [7070] },
    }),
    isExternal: ({ s3 }) => s3.isExternal,
    address: ({ s3 }) => s3.endpoint,
    plan: planS3,
  },
  simulator: {
    graceMs: 5_000,
    ports: ({ ports: { simulator } }) => ({
      http: { fixed: simulator, variable: 'BURNISH_SIMULATOR_PORT', preferred: [7080] },
    }),
    isExternal: ({ simulatorUrl }) => simulatorUrl !== undefined,
    address: ({ simulatorUrl }) => simulatorUrl,
    plan: planSimulator,
  },
  worker: workerKind('worker', {
    pools: [Queue.burnish, Queue.collect, Queue.score],
    graceMs: 30_000,
  }),
  // Apart, for its work holds the processor for long; it writes a checkpoint before it ends.
  trainer: workerKind('trainer', { pools: [Queue.train, Queue.generate], graceMs: 60_000 }),
};

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
  const port = String(ports['http']);
  const address = `http://127.0.0.1:${port}`;
  return {
    command: nodeCommand(environment, 'providers/simulator/main.ts', ['--port', port]),
    variables: {},
    address,
    isReady: () => answers(`${address}/v2/health/ready`, 200),
  };
}

function workerKind(
  name: 'worker' | 'trainer',
  { pools, graceMs }: { pools: string[]; graceMs: number },
): ServiceKind {
  return {
    graceMs,
    ports: () => ({}),
    isExternal: () => false,
    address: () => undefined,
    plan: (_, environment) => {
      const readyFile = readyFileOf(name, environment);
      return {
        command: nodeCommand(environment, 'workers/main.ts', ['--pool', pools.join(',')]),
        variables: { ...connectionVariables(environment), BURNISH_READY_FILE: readyFile },
        pools,
        isReady: () => Promise.resolve(existsSync(readyFile)),
      };
    },
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
