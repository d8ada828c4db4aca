import { loadClientConnectConfig } from '@temporalio/envconfig';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createActivities } from '../activities/index.js';
import { type Queue } from '../contracts/names.js';
import type { Environment } from '../infra/environment.js';
import { probeStore } from '../storage/probe.js';
import { createS3Store } from '../storage/s3-store.js';
import { createWorkers, runTogether } from './create-workers.js';
import { registerSearchAttributes } from './search-attributes.js';
import { installTelemetry } from './telemetry.js';
import { createDependencies } from './worker-dependencies.js';
import { bundleWorkflows } from './workflow-bundle.js';

/** Said once the workers poll. */
export interface WorkersReady {
  event: 'ready';
  pid: number;
  pools: Queue[];
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
  pools: Queue[];
  environment: Environment;
  onReady: (ready: WorkersReady) => void;
}): Promise<void> {
  const { pools, environment, onReady } = options;
  const telemetry = installTelemetry({
    service: 'burnish-worker',
    ...(environment.telemetryEndpoint && { endpoint: environment.telemetryEndpoint }),
  });
  const { logger } = Runtime.instance();
  const store = createS3Store(environment.s3);
  const probe = await probeStore(store);
  for (const { check, ok, message } of probe.findings) if (!ok) logger.warn(message, { check });

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
      queues: pools,
      plugins,
      activities: createActivities(dependencies),
      bundlePath: await bundleWorkflows(environment.paths.cache, { variant, plugins }),
    });
    const running = runTogether(workers);
    onReady({
      event: 'ready',
      pid: process.pid,
      pools,
      temporal: connectionOptions.address ?? 'localhost:7233',
      namespace,
      store: store.bucketUri,
    });
    await running;
  } finally {
    await dependencies.close();
    await connection.close();
    await telemetry.flush();
  }
}
