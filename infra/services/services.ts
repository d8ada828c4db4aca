import { createHash, randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { isAlive } from '../../files/process-identity.js';
import { withLock } from '../bootstrap/lock.mjs';
import { inheritVariables, readEnvironment, type Environment } from '../environment.js';
import { connectEnvironment, fillIn } from './connect-environment.js';
import { choosePort } from './ports.js';
import {
  logTail,
  rotateLog,
  startDetached,
  stopProcess,
  tokenVariable,
  waitUntil,
} from './processes.js';
import { readyFileOf, serviceKinds, type ServicePlan } from './service-plans.js';
import {
  readServiceRecords,
  serviceNames,
  writeServiceRecords,
  type ServiceName,
  type ServiceRecord,
  type ServiceStatus,
} from './service-state.js';

/** A worker bundles its workflows first, which takes long on a busy machine. */
const readyTimeoutMs = 120_000;
const logRotation = { maxBytes: 20 * 1024 * 1024, keep: 3 };

/** A service ended, or did not answer, right after it was started. */
export class ServiceFailedError extends Error {
  constructor(name: ServiceName, reason: string, logPath: string) {
    super(`The service ${name} ${reason}. Its log ${logPath} ends with:\n${logTail(logPath)}`);
    this.name = 'ServiceFailedError';
  }
}

interface ServicesOptions {
  environment?: Environment;
  /** Default: all. */
  only?: readonly ServiceName[];
  /** Called with a line for each service that is started or stopped. */
  onProgress?: (line: string) => void;
}

/**
 * Ensures that the services run: starts those that are stopped or crashed, and again those whose settings changed.
 *
 * What the user brings along is left alone. Services started here outlive this process.
 *
 * @throws PortBusyError if a port the user asked for is taken.
 * @throws ServiceFailedError if a service does not come up; those that did stay up.
 */
export async function servicesUp(options: ServicesOptions = {}): Promise<ServiceStatus[]> {
  const { environment = readEnvironment(), onProgress = ignore } = options;
  const wanted = serviceNames.filter((name) => options.only?.includes(name) ?? true);
  const embedded = wanted.filter((name) => !serviceKinds[name].isExternal(environment));
  await withLock(join(environment.paths.run, 'services.lock'), async () => {
    const reserved = new Set(readServiceRecords(environment.paths.run).flatMap(portsOf));
    const ports = new Map<ServiceName, Record<string, number>>();
    // One after the other, so that no two services choose the same port.
    for (const name of embedded) ports.set(name, await choosePorts(name, environment, reserved));
    const start = (name: ServiceName): Promise<void> =>
      ensureRunning(name, { environment, ports: ports.get(name) ?? {}, onProgress });
    // Workers are started with the addresses of the others, so they come last.
    await Promise.all(embedded.filter((name) => !isWorker(name)).map(start));
    await Promise.all(embedded.filter(isWorker).map(start));
  });
  return servicesStatus({ environment });
}

/** Ends what `servicesUp` started, workers first; returns once no process of them is left. */
export async function servicesDown(options: ServicesOptions = {}): Promise<void> {
  const { environment = readEnvironment(), onProgress = ignore, only = serviceNames } = options;
  const { run } = environment.paths;
  await withLock(join(run, 'services.lock'), async () => {
    const stop = async (record: ServiceRecord): Promise<void> => {
      const { name } = record;
      const since = performance.now();
      await stopProcess(record, serviceKinds[name].graceMs);
      rmSync(readyFileOf(name, environment), { force: true });
      writeServiceRecords(run, recordsWithout(name, run));
      onProgress(`stopped ${name}, ${secondsSince(since)}`);
    };
    const records = readServiceRecords(run).filter(({ name }) => only.includes(name));
    await Promise.all(records.filter(({ name }) => isWorker(name)).map(stop));
    await Promise.all(records.filter(({ name }) => !isWorker(name)).map(stop));
  });
}

/** How every service stands, in the order of `serviceNames`. */
export async function servicesStatus(
  options: Pick<ServicesOptions, 'environment'> = {},
): Promise<ServiceStatus[]> {
  const { environment = readEnvironment() } = options;
  const connected = connectEnvironment(environment);
  const records = readServiceRecords(environment.paths.run);
  return Promise.all(
    serviceNames.map(async (name): Promise<ServiceStatus> => {
      const kind = serviceKinds[name];
      if (kind.isExternal(environment))
        return { name, state: 'external', address: kind.address(connected) };
      const record = records.find((candidate) => candidate.name === name);
      if (!record) return { name, state: 'stopped' };
      const { pid, address, uiUrl, pools, startedAt, logPath } = record;
      if (!isAlive(record)) return { name, state: 'crashed', startedAt, logPath };
      const isReady = await kind.plan(record.ports, connected).isReady();
      const state = isReady ? 'running' : 'starting';
      return { name, state, pid, address, uiUrl, pools, startedAt, logPath };
    }),
  );
}

/** Starts one service unless it runs with the same settings; resolves when it is ready. */
async function ensureRunning(
  name: ServiceName,
  options: {
    environment: Environment;
    ports: Record<string, number>;
    onProgress: (line: string) => void;
  },
): Promise<void> {
  const { environment, ports, onProgress } = options;
  const { run, logs } = environment.paths;
  const since = performance.now();
  const logPath = join(logs, `${name}.log`);
  rotateLog(logPath, logRotation);
  const find = (wanted: ServiceName): ServiceRecord | undefined =>
    readServiceRecords(run).find((record) => record.name === wanted);
  const plan = serviceKinds[name].plan(ports, fillIn(environment, find));
  const settingsDigest = digestSettings(plan);
  const known = find(name);
  if (known && isAlive(known) && known.settingsDigest === settingsDigest) {
    await waitUntilReady(name, known, plan);
    return;
  }
  // A service that crashed may have left processes behind.
  if (known) await stopProcess(known, serviceKinds[name].graceMs);
  rmSync(readyFileOf(name, environment), { force: true });
  const token = randomUUID();
  const identity = await startDetached(plan.command, {
    cwd: environment.paths.project,
    variables: inheritVariables({ ...plan.variables, [tokenVariable]: token }),
    logPath,
  });
  const { address, uiUrl, pools } = plan;
  const record: ServiceRecord = {
    name,
    ...identity,
    token,
    settingsDigest,
    ports,
    address,
    uiUrl,
    pools,
    startedAt: Date.now(),
    logPath,
  };
  writeServiceRecords(run, [...recordsWithout(name, run), record]);
  await waitUntilReady(name, record, plan);
  onProgress(
    `started ${name}${address === undefined ? '' : ` at ${address}`}, ${secondsSince(since)}`,
  );
}

async function waitUntilReady(
  name: ServiceName,
  record: ServiceRecord,
  plan: ServicePlan,
): Promise<void> {
  const isDecided = await waitUntil(
    async () => (await plan.isReady()) || !isAlive(record),
    readyTimeoutMs,
  );
  if (isDecided && isAlive(record)) return;
  const reason = isAlive(record)
    ? `was not ready within ${String(readyTimeoutMs / 1000)} s; it is left running`
    : 'ended right after its start';
  throw new ServiceFailedError(name, reason, record.logPath);
}

/** The ports of a running service; otherwise free ones, those of the last time first. */
async function choosePorts(
  name: ServiceName,
  environment: Environment,
  reserved: Set<number>,
): Promise<Record<string, number>> {
  const known = readServiceRecords(environment.paths.run).find((record) => record.name === name);
  const wishes = Object.entries(serviceKinds[name].ports(environment));
  const keepsPorts = wishes.every(
    ([key, { fixed }]) => fixed === undefined || known?.ports[key] === fixed,
  );
  if (known && isAlive(known) && keepsPorts) return known.ports;
  // A port of its own is no other service's.
  for (const port of known ? portsOf(known) : []) reserved.delete(port);
  const chosen: Record<string, number> = {};
  for (const [key, wish] of wishes) {
    const last = known?.ports[key];
    const preferred = last === undefined ? wish.preferred : [last, ...wish.preferred];
    const port = await choosePort({ ...wish, preferred }, reserved);
    reserved.add(port);
    chosen[key] = port;
  }
  return chosen;
}

const recordsWithout = (name: ServiceName, run: string): ServiceRecord[] =>
  readServiceRecords(run).filter((other) => other.name !== name);
const ignore = (): void => undefined;
const isWorker = (name: ServiceName): boolean => name === 'worker' || name === 'trainer';
const portsOf = ({ ports }: ServiceRecord): number[] => Object.values(ports);
const secondsSince = (since: number): string =>
  `${((performance.now() - since) / 1000).toFixed(1)} s`;

/** Digest of all that decides how a service runs; secrets go in, none comes out. */
function digestSettings({ command, variables }: ServicePlan): string {
  return createHash('sha256')
    .update(JSON.stringify([command, variables]))
    .digest('hex');
}
