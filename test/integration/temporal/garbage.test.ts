/** `burnish gc`, spawned, against a real Temporal server with runs on it and a real S3 server. */
import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { GarbageReport } from '../../../cli/verbs/gc.js';
import type { SegmentInput } from '../../../contracts/training.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { S3Store } from '../../../storage/s3-store.js';
import { createBurnishCommand, type Ending } from '../../support/programs/burnish-command.js';
import { fakeRef } from '../../support/fakes/fake-activities.js';
import {
  startPipelineHarness,
  type PipelineHarness,
} from '../../support/programs/pipeline-harness.js';
import { ensureBucket, startS3Server, type S3Server } from '../../support/servers/s3-server.js';

const page = new URL('../../../docs/operations.md', import.meta.url);
const impatient = ['--grace', '0s', '--abandoned', '0s'];
let harness: PipelineHarness;
let server: S3Server;
let store: ObjectStore;
let bucketCount = 0;

beforeAll(async () => {
  [harness, server] = await Promise.all([startPipelineHarness(), startS3Server()]);
}, 90_000);
afterAll(async () => {
  await harness.stop();
  await server.stop();
}, 60_000);
beforeEach(async () => {
  bucketCount += 1;
  const options = { ...server.options, bucket: bucketName() };
  await ensureBucket(options);
  store = new S3Store(options);
  harness.fakes.calls.length = 0;
});

const bucketName = (): string => `garbage-${String(bucketCount)}`;

function burnish(words: string[], variables: Record<string, string> = {}): Promise<Ending> {
  const { endpoint = '', accessKeyId = '', secretAccessKey = '' } = server.options;
  return createBurnishCommand(harness.folder).run(words, {
    TEMPORAL_ADDRESS: harness.server.address,
    AWS_ENDPOINT_URL_S3: endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    BURNISH_BUCKET: bucketName(),
    ...variables,
  });
}

async function collect(...words: string[]): Promise<GarbageReport> {
  const ending = await burnish(['gc', '--json', ...words]);
  expect(ending.stderr).toBe('');
  expect(ending.code).toBe(0);
  return JSON.parse(ending.stdout) as GarbageReport;
}

async function putArtifact(digest: string): Promise<string> {
  for (const name of ['weights', 'manifest.json']) {
    await store.put(`artifacts/model/${digest}/${name}`, name);
  }
  return `artifacts/model/${digest}`;
}

async function keys(): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of store.list('')) if (!key.startsWith('gc/')) found.push(key);
  return found.sort();
}

async function startTraining(run: string): Promise<{ stageKey: string }> {
  harness.fakes.stepMs = 2000;
  const input = JSON.stringify({ name: 'garbage', seed: bucketCount });
  const target = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', run];
  await harness.server.cli('workflow', 'start', ...target, '--input', input);
  for (;;) {
    const call = harness.fakes.calls.find(({ name }) => name === 'trainSegment');
    if (call) return call.input as SegmentInput;
    await sleep(100);
  }
}

/** Visibility follows a moment after the execution itself. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(200);
}

test('spares what a run that goes on was told, and takes it once the run is gone', async () => {
  const { stageKey } = await startTraining('goes-on');
  const used = await putArtifact(fakeRef('model', 'base').digest);
  const stranger = await putArtifact('e'.repeat(64));
  await store.put(`checkpoints/${stageKey}/step-0000000001/commit.json`, '{}');
  await store.put('notes.txt', 'by hand');
  await until(async () => {
    const { groups } = await collect(...impatient, '--dry-run');
    return groups.some(({ why }) => why === 'a run that goes on');
  });
  const report = await collect(...impatient);
  expect(report.unknown).toEqual(['notes.txt']);
  expect(report.removed.objects).toBe(2);
  const left = await keys();
  expect(left.filter((key) => key.startsWith(stranger))).toEqual([]);
  expect(left.filter((key) => key.startsWith(used))).toHaveLength(2);
  expect(left.filter((key) => key.startsWith('checkpoints/'))).toHaveLength(1);

  await harness.server.cli('workflow', 'terminate', '--workflow-id', 'goes-on');
  await harness.server
    .cli('workflow', 'terminate', '--workflow-id', 'goes-on/fineTune')
    .catch(() => undefined);
  await until(async () => {
    await collect(...impatient);
    return (await keys()).length === 1;
  });
  expect(await keys()).toEqual(['notes.txt']);
}, 180_000);

test('spares the report of a finished run, until it is older than asked for', async () => {
  harness.fakes.stepMs = 0;
  const target = ['--type', 'pipeline', '--task-queue', 'burnish', '--workflow-id', 'finished'];
  await harness.server.cli('workflow', 'start', ...target, '--input', '{"name":"garbage"}');
  await harness.server.cli('workflow', 'result', '-w', 'finished');
  const handle = harness.client.workflow.getHandle('finished');
  const { report } = (await handle.result()) as { report: { digest: string } };
  const place = await putArtifact(report.digest);
  await until(async () => {
    const { groups } = await collect(...impatient, '--dry-run');
    return groups.some(({ why }) => why === 'the result of a run');
  });
  await collect(...impatient);
  expect((await keys()).filter((key) => key.startsWith(place))).toHaveLength(2);
  await collect(...impatient, '--older-than', '0s');
  expect(await keys()).toEqual([]);
}, 180_000);

test('deletes nothing while no Temporal answers', async () => {
  await putArtifact('e'.repeat(64));
  const before = await keys();
  const ending = await burnish(['gc', ...impatient], { TEMPORAL_ADDRESS: '127.0.0.1:9' });
  expect(ending.stderr).toMatch(/No Temporal server answers/);
  expect(ending.code).toBe(3);
  expect(await keys()).toEqual(before);
}, 60_000);

test('every `burnish gc` of the operations page does as it is written', async () => {
  const lines = (await readFile(page, 'utf8')).match(/^burnish gc.*$/gm) ?? [];
  expect(lines.length).toBeGreaterThan(2);
  await putArtifact('e'.repeat(64));
  for (const line of lines) {
    const ending = await burnish(line.split(' ').slice(1));
    expect(ending, line).toMatchObject({ code: 0, stderr: '' });
    expect(ending.stdout).toMatch(/artifact +2 .* kept +younger than the grace period/);
  }
  const gone = await burnish(['gc', ...impatient]);
  expect(gone.stdout).toMatch(/artifact +2 .* removed +nothing refers to it/);
}, 120_000);
