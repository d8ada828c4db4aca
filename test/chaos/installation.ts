import { randomInt } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { readEnvironment, inheritVariables, type Environment } from '../../infra/environment.js';
import { choosePort } from '../../infra/services/ports.js';
import { readyFileOf, serviceKinds, type ServicePlan } from '../../infra/services/service-plans.js';
import type { ServiceName } from '../../infra/services/service-state.js';
import { provideStoreCredentials } from '../../infra/services/store-credentials.js';
import { S3Store } from '../../storage/s3-store.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { startFaultProxy, type FaultProxy } from './fault-proxy.js';
import { SupervisedProcess } from './supervised-process.js';

/** A whole Burnish of its own: servers, workers, and a proxy between the workers and the store. */
export interface Installation {
  folder: string;
  temporal: SupervisedProcess;
  s3: SupervisedProcess;
  /** Pools burnish, collect and score. */
  worker: SupervisedProcess;
  /** Pools train and generate; parent of the engine process. */
  trainer: SupervisedProcess;
  /** Stands in for the providers. */
  simulator: SupervisedProcess;
  proxy: FaultProxy;
  temporalAddress: string;
  simulatorUrl: string;
  /** Asks the gateway itself, not the proxy. */
  store: ObjectStore;
  /** Folder in which the gateway keeps the bucket's objects as files. */
  objectsFolder: string;
  /** A trainer on a machine of its own. */
  addTrainer(machine: string, how?: MachineOptions): SupervisedProcess;
  /** One more worker, on a machine of its own. */
  addWorker(machine: string): SupervisedProcess;
  /** Ends every process, workers first. */
  stop(): Promise<void>;
}

export interface MachineOptions {
  /** Puts another program before the command. */
  wrap?: (command: string[], cacheFolder: string) => string[];
  /** `host:port` by which the machine reaches a server, given its address here; absent: the same. */
  addressOf?: (here: string) => string;
}

const graceMs = 60_000;
/** Below the ports that the kernel hands out: a server that is down must find its port free again. */
const [lowestPort, highestPort] = [20_000, 32_000];

/**
 * Starts an installation whose every file lies in `folder`; it serves when this resolves.
 *
 * With `direct` workers ask the store itself: the proxy takes processor time that Burnish does not.
 */
export async function startInstallation(
  folder: string,
  seed: number,
  { direct = false } = {},
): Promise<Installation> {
  const home = environmentOf(join(folder, 'servers'));
  const ports = await chooseFreePorts(['grpc', 'ui', 's3', 'simulator']);
  const servers = {
    temporal: serviceKinds.temporal.plan({ grpc: ports.grpc, ui: ports.ui }, home),
    s3: serviceKinds.s3.plan({ http: ports.s3 }, home),
    simulator: serviceKinds.simulator.plan({ http: ports.simulator }, home),
  };
  const gateway = new URL(servers.s3.address ?? '');
  const proxy = await startFaultProxy(gateway, seed);
  const { run, data } = home.paths;
  const s3 = { ...home.s3, ...provideStoreCredentials(run) };
  const temporalAddress = servers.temporal.address ?? '';
  const connected = (machine: string, { addressOf = (here) => here }: MachineOptions) => ({
    ...environmentOf(join(folder, machine)),
    temporal: { ...home.temporal, address: addressOf(temporalAddress) },
    s3: { ...s3, endpoint: direct ? gateway.origin : `http://${addressOf(hostOf(proxy.url))}` },
    simulatorUrl: servers.simulator.address ?? '',
  });

  const supervised: SupervisedProcess[] = [];
  const supervise = (
    name: string,
    plan: ServicePlan,
    options: { machine: string; prepare?: () => void },
  ): SupervisedProcess => {
    const temporary = join(folder, options.machine, 'tmp');
    mkdirSync(temporary, { recursive: true });
    const process = new SupervisedProcess({
      name,
      command: plan.command,
      variables: variablesOf(folder, { ...plan.variables, TMPDIR: temporary }),
      cwd: home.paths.project,
      logPath: join(folder, 'logs', `${name}.log`),
      ...(options.prepare && { prepare: options.prepare }),
      isReady: plan.isReady,
    });
    supervised.push(process);
    return process;
  };
  const startWorker = (
    kind: Extract<ServiceName, 'worker' | 'trainer'>,
    machine: string,
    how: MachineOptions = {},
  ): SupervisedProcess => {
    const environment = connected(machine, how);
    const plan = serviceKinds[kind].plan({}, environment);
    const { cache, run: runFolder } = environment.paths;
    mkdirSync(cache, { recursive: true });
    mkdirSync(runFolder, { recursive: true });
    return supervise(
      machine,
      { ...plan, command: how.wrap?.(plan.command, cache) ?? plan.command },
      {
        machine,
        prepare: () => {
          rmSync(readyFileOf(kind, environment), { force: true });
        },
      },
    );
  };

  const stop = async (): Promise<void> => {
    // Workers were started last and end first: they still need the servers.
    const [temporal, store, simulator, ...workers] = supervised;
    await Promise.all(workers.map((process) => process.stop(graceMs)));
    await Promise.all([temporal?.stop(10_000), store?.stop(10_000), simulator?.stop(10_000)]);
    await proxy.stop();
  };
  try {
    const temporal = supervise('temporal', servers.temporal, { machine: 'servers' });
    const gatewayProcess = supervise('s3', servers.s3, { machine: 'servers' });
    const simulator = supervise('simulator', servers.simulator, { machine: 'servers' });
    await Promise.all([temporal, gatewayProcess, simulator].map((server) => server.untilReady()));
    const worker = startWorker('worker', 'worker');
    const trainer = startWorker('trainer', 'trainer');
    await Promise.all([worker.untilReady(), trainer.untilReady()]);
    return {
      folder,
      temporal,
      s3: gatewayProcess,
      worker,
      trainer,
      simulator,
      proxy,
      temporalAddress,
      simulatorUrl: servers.simulator.address ?? '',
      store: new S3Store({ ...s3, endpoint: gateway.origin }),
      objectsFolder: join(data, 's3', s3.bucket),
      addTrainer: (machine, how) => startWorker('trainer', machine, how),
      addWorker: (machine) => startWorker('worker', machine),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

function hostOf(url: string): string {
  return new URL(url).host;
}

/** The environment of a machine that knows no server of anybody else. */
function environmentOf(home: string): Environment {
  return readEnvironment({ BURNISH_HOME: home });
}

function variablesOf(folder: string, own: Record<string, string | undefined>): NodeJS.ProcessEnv {
  const { PATH, BURNISH_THREADS } = inheritVariables({});
  const inherited = { PATH, BURNISH_THREADS, HOME: folder };
  const quiet = { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' };
  return Object.fromEntries(
    Object.entries({ ...inherited, ...quiet, ...own }).filter(([, value]) => value !== undefined),
  );
}

async function chooseFreePorts<Name extends string>(
  names: readonly Name[],
): Promise<Record<Name, number>> {
  const taken = new Set<number>();
  const chosen: Partial<Record<Name, number>> = {};
  for (const name of names) {
    const preferred = Array.from({ length: 50 }, () => randomInt(lowestPort, highestPort));
    const port = await choosePort({ fixed: undefined, variable: '', preferred }, taken);
    taken.add(port);
    chosen[name] = port;
  }
  return chosen as Record<Name, number>;
}
