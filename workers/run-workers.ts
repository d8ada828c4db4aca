import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { sweepWorkFolders, withWorkFolder } from '../files/work-folder.js';
import { SearchAttribute } from '../contracts/names.js';
import type { Environment } from '../infra/environment.js';
import type { ServedPool } from '../infra/services/served-pools.js';
import { trimCache } from '../storage/local-cache.js';
import type { ObjectStore } from '../storage/object-store.js';
import { probeStore } from '../storage/probe.js';
import { S3Store } from '../storage/s3-store.js';
import { createWorkers, runTogether } from './create-workers.js';
import { installTelemetry } from './telemetry.js';
import { createDependencies } from './create-dependencies.js';
import { bundleWorkflows } from './workflow-bundle.js';

/** Between two looks at the size of the cache. */
const trimMs = 10 * 60_000;

/** Said once the workers poll. */
export interface WorkersReady {
  event: 'ready';
  pid: number;
  /** Queues that are served. */
  pools: string[];
  temporal: string;
  namespace: string;
  store: string;
}

/**
 * Serves the pools until a signal (SIGINT, SIGTERM) or a failure; training in hand ends with a checkpoint first.
 *
 * The store is tried out before anything is taken on.
 * @throws StoreRefusedError or StoreUnavailableError if the store cannot be relied on.
 */
export async function runWorkers(options: {
  pools: ServedPool[];
  environment: Environment;
  onReady: (ready: WorkersReady) => void;
}): Promise<void> {
  const { pools, environment, onReady } = options;
  const telemetry = installTelemetry({
    service: 'burnish-worker',
    ...(environment.telemetryEndpoint && { endpoint: environment.telemetryEndpoint }),
  });
  const { logger } = Runtime.instance();
  const { cache } = environment.paths;
  const store = await openStore(environment);
  const trimming = await keepTrimmed(cache, environment.cacheBytes);

  const { connectionOptions, namespace = 'default' } = loadClientConnectConfig(
    environment.temporal.connect,
  );
  const connection = await NativeConnection.connect(connectionOptions);
  const dependencies = createDependencies(environment, {
    store,
    log: (line) => {
      logger.info(line, { from: 'engine' });
    },
  });
  try {
    await registerSearchAttributes(connection, namespace);
    const { plugins } = telemetry;
    const variant = plugins.length > 0 ? 'traced' : 'plain';
    const workers = await createWorkers({
      connection,
      namespace,
      pools,
      plugins,
      deployment: environment.deployment,
      activities: createActivities(dependencies),
      bundlePath: await bundleWorkflows(cache, { variant, plugins }),
    });
    const running = runTogether(workers);
    onReady({
      event: 'ready',
      pid: process.pid,
      pools: pools.map(({ queue }) => queue),
      temporal: connectionOptions.address ?? 'localhost:7233',
      namespace,
      store: store.bucketUri,
    });
    await running;
  } finally {
    clearInterval(trimming);
    await dependencies.close();
    await connection.close();
    await telemetry.flush();
  }
}

/** The store, tried out; work folders that killed workers left are deleted first. */
async function openStore({ s3, paths }: Environment): Promise<ObjectStore> {
  const { logger } = Runtime.instance();
  const store = new S3Store(s3);
  const swept = await sweepWorkFolders(paths.cache);
  if (swept > 0) logger.info('Work folders of workers that died were deleted', { count: swept });
  // If this worker is killed meanwhile, the next one deletes the folder.
  const probe = await withWorkFolder(paths.cache, (folder) => probeStore(store, { folder }));
  for (const { check, ok, message } of probe.findings) if (!ok) logger.warn(message, { check });
  return store;
}

/** Trims the cache now and then to its size; the timer's end is the caller's. */
async function keepTrimmed(cache: string, maxBytes: number): Promise<NodeJS.Timeout> {
  const { logger } = Runtime.instance();
  const trim = async (): Promise<void> => {
    try {
      const gone = await trimCache(cache, { maxBytes });
      if (gone.removed > 0) logger.info('The cache was trimmed', gone);
    } catch (error) {
      logger.warn('The cache could not be trimmed', { error });
    }
  };
  await trim();
  return setInterval(() => void trim(), trimMs).unref();
}

/** Number of `INDEXED_VALUE_TYPE_KEYWORD` in Temporal's API. */
const keywordType = 2;

/** Ensures the namespace knows Burnish's search attributes; without them no pipeline could start. */
async function registerSearchAttributes(
  connection: NativeConnection,
  namespace: string,
): Promise<void> {
  const { customAttributes } = await connection.operatorService.listSearchAttributes({ namespace });
  const missing = Object.values(SearchAttribute).filter((name) => !(name in customAttributes));
  if (missing.length === 0) return;
  const searchAttributes = Object.fromEntries(missing.map((name) => [name, keywordType]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
  } catch (cause) {
    if (/already exist/i.test(String(cause))) return;
    const commands = missing.map(
      (name) => `  temporal operator search-attribute create --name ${name} --type Keyword`,
    );
    throw new Error(
      `Namespace ${namespace} lacks search attributes and this worker may not create them. Create them once:\n${commands.join('\n')}`,
      { cause },
    );
  }
}
