import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { wrapActivities } from '../../../activities/wrap-activity.js';
import type { BurnishActivities } from '../../../contracts/activities.js';
import { Queue } from '../../../contracts/names.js';
import {
  createWorkers,
  runTogether,
  type WorkersOptions,
} from '../../../workers/create-workers.js';
import { bundleWorkflows } from '../../../workers/workflow-bundle.js';
import { createFakeActivities, type FakeActivities } from '../fakes/fake-activities.js';
import { startTemporalServer, type TemporalServer } from '../servers/temporal-server.js';

export interface PipelineHarness {
  server: TemporalServer;
  client: Client;
  fakes: FakeActivities;
  /** An empty folder that goes with the harness. */
  folder: string;
  /** Tells every worker of the train pool to leave, as SIGTERM does, and waits until they have. */
  stopTraining(): Promise<void>;
  /** Starts a worker of the train pool, on its own queue or another. */
  serveTraining(queue?: string): Promise<void>;
  stop(): Promise<void>;
}

/** A dev server with workers of every pool in this process, which run the shipped workflows with fake activities. */
export async function startPipelineHarness(
  serverFlags: string[] = [],
  deployment?: WorkersOptions['deployment'],
): Promise<PipelineHarness> {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const folder = await mkdtemp(join(tmpdir(), 'burnish-workflow-'));
  const server = await startTemporalServer(serverFlags);
  const fakes = createFakeActivities();
  const connection = await NativeConnection.connect({ address: server.address });
  const activities = wrapActivities(onlyActivities(fakes));
  const bundlePath = await bundleWorkflows(folder);
  const workers = await createWorkers({
    connection,
    namespace: 'default',
    pools: Object.values(Queue)
      .filter((pool) => pool !== Queue.train)
      .map((pool) => ({ pool, queue: pool })),
    activities,
    bundlePath,
    deployment,
  });
  const running = runTogether(workers);
  const startTraining = async (queue: string): Promise<() => Promise<void>> => {
    const pools = [{ pool: Queue.train, queue }];
    const own = await createWorkers({
      connection,
      namespace: 'default',
      pools,
      activities,
      bundlePath,
      deployment,
    });
    const served = runTogether(own);
    return async () => {
      for (const worker of own) if (worker.getState() === 'RUNNING') worker.shutdown();
      await served;
    };
  };
  const trainers = [await startTraining(Queue.train)];
  const clientConnection = await Connection.connect({ address: server.address });
  return {
    server,
    fakes,
    folder,
    client: new Client({ connection: clientConnection }),
    stopTraining: async () => {
      await Promise.all(trainers.splice(0).map((stop) => stop()));
    },
    serveTraining: async (queue = Queue.train) => {
      trainers.push(await startTraining(queue));
    },
    stop: async () => {
      await Promise.all(trainers.map((stop) => stop()));
      for (const worker of workers) worker.shutdown();
      await running;
      await clientConnection.close();
      await connection.close();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The activities of a table of fakes, without what tests read and set there. */
export function onlyActivities(fakes: FakeActivities): BurnishActivities {
  const activities = Object.entries(fakes).filter(([, value]) => typeof value === 'function');
  return Object.fromEntries(activities) as unknown as BurnishActivities;
}
