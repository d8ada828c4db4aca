import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
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
import { startTemporalServer, type TemporalServer } from '../../support/servers/temporal-server.js';

let collector: Server;
let temporal: TemporalServer;
let folder: string;
const received = new Map<string, string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-telemetry-'));
  collector = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = request.url ?? '';
      received.set(url, (received.get(url) ?? '') + Buffer.concat(chunks).toString('latin1'));
      response.writeHead(200).end();
    });
  }).listen(0, '127.0.0.1');
  await once(collector, 'listening');
  temporal = await startTemporalServer();
});
afterAll(async () => {
  await temporal.stop();
  collector.closeAllConnections();
  collector.close();
  await rm(folder, { recursive: true, force: true });
});

test('sends spans of workflows and activities, and metrics, where an endpoint is set', async () => {
  const { port } = collector.address() as AddressInfo;
  const endpoint = `http://127.0.0.1:${port}`;
  const telemetry = installTelemetry({ service: 'test', endpoint, logLevel: 'ERROR' });
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

  const names = [...(received.get('/v1/traces') ?? '').matchAll(/"name":"(Run[^"]*)"/g)];
  expect(names.map(([, name]) => name)).toEqual(
    expect.arrayContaining([
      'RunWorkflow:pipeline',
      'RunWorkflow:fineTune',
      'RunActivity:trainSegment',
    ]),
  );
  for (let wait = 0; wait < 100 && !received.has('/v1/metrics'); wait += 1) {
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  expect(received.get('/v1/metrics')?.includes('temporal_')).toBe(true);
}, 120_000);
