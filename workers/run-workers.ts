import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { sweepWorkFolders, withWorkFolder } from '../files/work-folder.js';
import type { Environment } from '../infra/environment.js';
import { trimCache } from '../storage/local-cache.js';
import { probeStore } from '../storage/probe.js';
import { S3Store } from '../storage/s3-store.js';
import { createWorkers, runTogether, type ServedPool } from './create-workers.js';
import { registerSearchAttributes } from './search-attributes.js';
import { installTelemetry } from './telemetry.js';
import { createDependencies } from './worker-dependencies.js';
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
  const store = new S3Store(environment.s3);
  const { cache } = environment.paths;
  const swept = await sweepWorkFolders(cache);
  if (swept > 0) logger.info('Work folders of workers that died were deleted', { count: swept });
  // A worker that is killed meanwhile leaves a folder that the next one sweeps.
  const probe = await withWorkFolder(cache, (folder) => probeStore(store, { folder }));
  for (const { check, ok, message } of probe.findings) if (!ok) logger.warn(message, { check });

  const trim = async (): Promise<void> => {
    try {
      const gone = await trimCache(cache, { maxBytes: environment.cacheBytes });
      if (gone.removed > 0) logger.info('The cache was trimmed', gone);
    } catch (error) {
      logger.warn('The cache could not be trimmed', { error });
    }
  };
  await trim();
  const trimming = setInterval(() => void trim(), trimMs).unref();

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
      bundlePath: await bundleWorkflows(environment.paths.cache, { variant, plugins }),
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
