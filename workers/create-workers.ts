import { hostname } from 'node:os';
import { type NativeConnection, Worker, type WorkerPlugin } from '@temporalio/worker';
import type { BurnishActivities } from '../contracts/activities.js';
import { Queue } from '../contracts/names.js';
import { poolOptions } from './pools.js';

/** A pool, and the queue its workers serve: its own, or one that an operator moves activities to. */
export interface ServedPool {
  pool: Queue;
  queue: string;
}

export interface WorkersOptions {
  connection: NativeConnection;
  namespace: string;
  pools: readonly ServedPool[];
  activities: BurnishActivities;
  /** Path of the bundled workflow code; the pool `burnish` runs it. */
  bundlePath: string;
  plugins?: WorkerPlugin[];
  /** With it the server sends work to these workers once this version is the current one of its deployment. */
  deployment?: { deploymentName: string; buildId: string } | undefined;
}

/** One worker for each pool, in this process and on one connection. */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, activities, bundlePath, plugins = [], deployment } = options;
  const workers: Worker[] = [];
  for (const { pool, queue } of options.pools) {
    workers.push(
      await Worker.create({
        ...poolOptions(pool, activities),
        taskQueue: queue,
        ...(pool === Queue.burnish && { workflowBundle: { codePath: bundlePath } }),
        ...(deployment && {
          workerDeploymentOptions: {
            version: deployment,
            useWorkerVersioning: true as const,
            // A run of days must go on when its workers are replaced: see docs/decisions/versioning.md.
            defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
          },
        }),
        connection,
        namespace,
        plugins,
        identity: `${queue}:${process.pid}@${hostname()}`,
      }),
    );
  }
  return workers;
}

/**
 * Runs workers until all have shut down; when one fails, the others are shut down too.
 * @throws what the first worker failed with.
 */
export async function runTogether(workers: readonly Worker[]): Promise<void> {
  const endings = workers.map(async (worker) => {
    try {
      await worker.run();
    } finally {
      for (const other of workers) if (other.getState() === 'RUNNING') other.shutdown();
    }
  });
  const results = await Promise.allSettled(endings);
  const failed = results.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}
