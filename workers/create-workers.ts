import { hostname } from 'node:os';
import { type NativeConnection, Worker, type WorkerPlugin } from '@temporalio/worker';
import type { BurnishActivities } from '../contracts/activities.js';
import { Queue } from '../contracts/names.js';
import { poolOptions } from './pools.js';

export interface WorkersOptions {
  connection: NativeConnection;
  namespace: string;
  queues: readonly Queue[];
  activities: BurnishActivities;
  /** Path of the bundled workflow code; the pool `burnish` runs it. */
  bundlePath: string;
  plugins?: WorkerPlugin[];
}

/** One worker for each queue, in this process and on one connection. */
export async function createWorkers(options: WorkersOptions): Promise<Worker[]> {
  const { connection, namespace, activities, bundlePath, plugins = [] } = options;
  const workers: Worker[] = [];
  for (const queue of new Set(options.queues)) {
    workers.push(
      await Worker.create({
        ...poolOptions(queue, activities),
        ...(queue === Queue.burnish && { workflowBundle: { codePath: bundlePath } }),
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
