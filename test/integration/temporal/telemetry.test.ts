import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { wrapActivities } from '../../../activities/wrap-activity.js';
import { Queue, WorkflowType } from '../../../contracts/names.js';
import { createWorkers, runTogether } from '../../../workers/create-workers.js';
import { installTelemetry } from '../../../workers/telemetry.js';
import { bundleWorkflows } from '../../../workers/workflow-bundle.js';
import { createFakeActivities } from '../../support/fakes/fake-activities.js';
import { onlyActivities } from '../../support/programs/pipeline-harness.js';
import { startLoopbackServer, type LoopbackServer } from '../../support/servers/loopback-server.js';
import { startTemporalServer, type TemporalServer } from '../../support/servers/temporal-server.js';

let collector: LoopbackServer;
let telemetry: ReturnType<typeof installTelemetry>;
let temporal: TemporalServer;
let folder: string;

/** All that was sent to a path so far. */
const received = (path: string): string =>
  collector.seen
    .filter((request) => request.path === path)
    .map(({ body }) => body.toString('latin1'))
    .join('');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-telemetry-'));
  collector = await startLoopbackServer(() => ({}));
  // The server's client takes the runtime that telemetry installs.
  telemetry = installTelemetry({ service: 'test', endpoint: collector.url, logLevel: 'ERROR' });
  temporal = await startTemporalServer();
});
afterAll(async () => {
  await temporal.stop();
  await collector.stop();
  await rm(folder, { recursive: true, force: true });
});

test('sends spans of workflows and activities, and metrics, where an endpoint is set', async () => {
  const { plugins } = telemetry;
  const connection = await NativeConnection.connect({ address: temporal.address });
  const workers = await createWorkers({
    connection,
    namespace: 'default',
    pools: Object.values(Queue).map((queue) => ({ pool: queue, queue })),
    activities: wrapActivities(onlyActivities(createFakeActivities())),
    plugins,
    bundlePath: await bundleWorkflows(folder, { variant: 'traced', plugins }),
  });
  const running = runTogether(workers);
  const clientConnection = await Connection.connect({ address: temporal.address });
  await new Client({ connection: clientConnection }).workflow.execute(WorkflowType.pipeline, {
    taskQueue: Queue.burnish,
    workflowId: 'traced',
    args: [{ name: 'traced', stopAfter: 'fineTune' }],
  });
  for (const worker of workers) worker.shutdown();
  await running;
  await clientConnection.close();
  await connection.close();
  await telemetry.flush();

  const names = [...received('/v1/traces').matchAll(/"name":"(Run[^"]*)"/g)];
  expect(names.map(([, name]) => name)).toEqual(
    expect.arrayContaining([
      'RunWorkflow:pipeline',
      'RunWorkflow:fineTune',
      'RunActivity:trainSegment',
    ]),
  );
  for (let wait = 0; wait < 100 && received('/v1/metrics') === ''; wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(received('/v1/metrics')).toContain('temporal_');
}, 120_000);
