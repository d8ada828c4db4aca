import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { createEngine, type Engine } from '../engine/process/client.js';
import { projectFolder } from '../infra/bootstrap/paths.mjs';
import { inheritVariables, type Environment } from '../infra/environment.js';
import { connectEnvironment } from '../infra/services/connect-environment.js';
import type { ObjectStore } from '../storage/object-store.js';
import { S3Store } from '../storage/s3-store.js';
import { firstLine } from '../text/lines.js';
import { UnavailableError } from './failures.js';

/** A local server answers at once, a distant one within a few round trips. */
const connectTimeoutMs = 8000;

/** Where a verb finds models and puts what it fetches. */
export interface Places {
  store: ObjectStore;
  reportsFolder: string;
  cacheFolder: string;
}

/** Temporal and the places, for verbs about runs. */
export interface Runs {
  client: Client;
  places: Places;
  environment: Environment;
}

/** Returns the path of a file of the checkout, wherever the command was called. */
export function ownPath(path: string): string {
  return join(projectFolder, path);
}

/**
 * Returns what `work` returns, with a connection to Temporal that is closed afterwards.
 *
 * @throws UnavailableError if no server answers.
 */
export async function withRuns<T>(work: (runs: Runs) => Promise<T>): Promise<T> {
  const environment = connectEnvironment();
  const places = readPlaces(environment);
  const { client, close } = await connectToTemporal(environment);
  try {
    return await work({ client, places, environment });
  } finally {
    await close();
  }
}

/** Returns what `use` returns, with an engine in a process of its own that is ended afterwards; no server is needed. */
export async function withEngine<T>(use: (engine: Engine) => Promise<T>): Promise<T> {
  const { threads, paths } = connectEnvironment();
  const engine = createEngine({
    threads,
    cacheFolder: join(paths.cache, 'engine'),
    log: () => undefined,
    execArgv: process.execArgv,
    environment: inheritVariables({}),
  });
  try {
    return await use(engine);
  } finally {
    await engine.close();
  }
}

/**
 * Returns a client of the Temporal server that the environment names, or of the embedded one.
 *
 * @throws UnavailableError naming the address if no server answers there.
 */
export async function connectToTemporal(
  environment: Environment,
): Promise<{ client: Client; address: string; close: () => Promise<void> }> {
  requireTemporal(environment);
  const { temporal } = environment;
  const { connectionOptions, namespace } = loadClientConnectConfig(temporal.connect);
  const address = connectionOptions.address ?? temporal.address ?? 'the address of the profile';
  try {
    const connection = await Connection.connect({
      ...connectionOptions,
      connectTimeout: connectTimeoutMs,
    });
    const client = new Client({ connection, namespace: namespace ?? temporal.namespace });
    return { client, address, close: () => connection.close() };
  } catch (error) {
    throw new UnavailableError(
      `No Temporal server answers at ${address} (${reasonOf(error)}). Start it, or correct TEMPORAL_ADDRESS or the profile.`,
      { cause: error },
    );
  }
}

/**
 * Returns the store and the folders of this machine; asks no server.
 *
 * @throws UnavailableError if the embedded store is not running.
 */
export function readPlaces(environment: Environment = connectEnvironment()): Places {
  requireStore(environment);
  const { s3, paths } = environment;
  return { store: new S3Store(s3), reportsFolder: paths.reports, cacheFolder: paths.cache };
}

/**
 * Ensures that the addresses of Temporal and of the store are known; asks no server.
 *
 * @throws UnavailableError naming what is not running.
 */
export function requireServices(environment: Environment): void {
  requireTemporal(environment);
  requireStore(environment);
}

function requireTemporal({ temporal }: Environment): void {
  if (temporal.isExternal || temporal.address !== undefined) return;
  throw new UnavailableError(
    'Temporal is not running. Start the services with `burnish up`, or set TEMPORAL_ADDRESS to a server of your own.',
  );
}

function requireStore({ s3 }: Environment): void {
  if (s3.isExternal || s3.endpoint !== undefined) return;
  throw new UnavailableError(
    'The object store is not running. Start the services with `burnish up`, or set AWS_ENDPOINT_URL_S3 to one of your own.',
  );
}

function reasonOf(error: unknown): string {
  let innermost: unknown = error;
  while (innermost instanceof Error && innermost.cause !== undefined) innermost = innermost.cause;
  const text = innermost instanceof Error ? innermost.message : String(innermost);
  return firstLine(text).slice(0, 160);
}
