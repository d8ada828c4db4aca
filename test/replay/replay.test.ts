import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WorkflowType } from '../../contracts/names.js';
import { bundleWorkflows } from '../../workers/workflow-bundle.js';

const histories = fileURLToPath(new URL('./histories', import.meta.url));
let folder: string;
let codePath: string;
beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  folder = await mkdtemp(join(tmpdir(), 'burnish-replay-'));
  codePath = await bundleWorkflows(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const historyOf = async (type: string): Promise<unknown> =>
  JSON.parse(await readFile(join(histories, `${type}.json`), 'utf8'));

test('there is a recorded history for every workflow type', async () => {
  const recorded = (await readdir(histories)).map((name) => name.replace('.json', ''));
  expect(recorded.sort()).toEqual(Object.values(WorkflowType).sort());
});

test.each(Object.values(WorkflowType))(
  '%s still takes the decisions it once took',
  async (type) => {
    const history = await historyOf(type);
    await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, 'recorded');
  },
);

test('a history whose decisions differ is found out', async () => {
  const history = (await historyOf('fineTune')) as {
    events: { activityTaskScheduledEventAttributes?: { activityType: { name: string } } }[];
  };
  const first = history.events.find((event) => event.activityTaskScheduledEventAttributes);
  first!.activityTaskScheduledEventAttributes!.activityType.name = 'somethingElse';
  await expect(
    Worker.runReplayHistory({ workflowBundle: { codePath } }, history, 'recorded'),
  ).rejects.toThrow(/[Nn]ondeterminism/);
});

/** What Temporal's payloads may weigh: references and settings, never data. */
const maxPayloadBytes = 16 * 1024;

test.each(Object.values(WorkflowType))('every payload of %s is small', async (type) => {
  const sizes: number[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { data } = value as { data?: unknown };
    if (typeof data === 'string') sizes.push(Buffer.from(data, 'base64').byteLength);
    Object.values(value).forEach(look);
  };
  look(await historyOf(type));
  expect(sizes.length).toBeGreaterThan(3);
  expect(Math.max(...sizes)).toBeLessThan(maxPayloadBytes);
});
