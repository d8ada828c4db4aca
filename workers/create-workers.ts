import { hostname } from 'node:os';
import {
  type NativeConnection,
  Worker,
  type WorkerOptions,
  type WorkerPlugin,
} from '@temporalio/worker';
import type { BurnishActivities } from '../contracts/activities.js';
import { activityTable, type ActivityName } from '../contracts/activity-table.js';
import { Queue } from '../contracts/names.js';
import type { ServedPool } from '../infra/services/served-pools.js';

/** How much a pool's workers take on at once. */
export interface Pool {
  /** Activities at once in one process. */
  slots: number;
  /** Time between "no new work" and "stop what runs" at shutdown. */
  shutdownGraceTime: string;
}

export const pools: Record<Queue, Pool> = {
  [Queue.burnish]: { slots: 16, shutdownGraceTime: '5 seconds' },
  [Queue.collect]: { slots: 16, shutdownGraceTime: '5 seconds' },
  // A training that is asked to stop at once begins its checkpoint the sooner, and another worker goes on the sooner.
  [Queue.train]: { slots: 1, shutdownGraceTime: '0 seconds' },
  [Queue.generate]: { slots: 1, shutdownGraceTime: '0 seconds' },
  [Queue.score]: { slots: 16, shutdownGraceTime: '5 seconds' },
};

/** A cancel or pause reaches an activity with the answer to a heartbeat, so this bounds the delay. */
const maxHeartbeatThrottleInterval = '1500 milliseconds';

/** The worker options of one pool, with those of `activities` that the table gives to it. */
export function poolOptions(queue: Queue, activities: BurnishActivities): Partial<WorkerOptions> {
  const pool = pools[queue];
  return {
    activities: Object.fromEntries(
      Object.entries(activities).filter(
        ([name]) => activityTable[name as ActivityName].pool === queue,
      ),
    ),
    maxConcurrentActivityTaskExecutions: pool.slots,
    shutdownGraceTime: pool.shutdownGraceTime,
    shutdownForceTime: '10 minutes',
    maxHeartbeatThrottleInterval,
    defaultHeartbeatThrottleInterval: maxHeartbeatThrottleInterval,
  };
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
