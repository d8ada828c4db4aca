import { readdirSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
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

const historyOf = async (name: string): Promise<unknown> =>
  JSON.parse(await readFile(join(histories, `${name}.json`), 'utf8'));

const recorded = readdirSync(histories).map((name) => name.replace('.json', ''));

test('there is a recorded history for every workflow type', () => {
  const types = new Set(recorded.map((name) => name.split('.')[0]));
  expect([...types].sort()).toEqual(Object.values(WorkflowType).sort());
});

const eventsOf = async (...names: string[]): Promise<string> =>
  (
    await Promise.all(names.map((name) => readFile(join(histories, `${name}.json`), 'utf8')))
  ).join();

test('the histories have a pause and a resume, a way back, and a new run of a long stage', async () => {
  expect(await eventsOf('pipeline')).toMatch(/"signalName": "pause"[^]*"signalName": "resume"/);
  expect(await eventsOf('fineTune.first-run')).toContain('CONTINUED_AS_NEW');
  const long = await eventsOf('fineTune.first-run', 'fineTune.last-run');
  expect(long).toMatch(/TrainingDivergedError[^]*"signalName": "resume"/);
});

test.each(recorded)('%s still takes the decisions it once took', async (name) => {
  const history = await historyOf(name);
  await Worker.runReplayHistory({ workflowBundle: { codePath } }, history, 'recorded');
});

/** The workflows with one line changed, bundled beside the real ones so that they find the same packages. */
async function bundleChanged(file: string, change: (code: string) => string): Promise<string> {
  const project = fileURLToPath(new URL('../..', import.meta.url));
  const home = join(project, '.burnish');
  await mkdir(home, { recursive: true });
  const copy = await mkdtemp(join(home, 'changed-workflows-'));
  onTestFinished(() => rm(copy, { recursive: true, force: true }));
  for (const room of ['workflows', 'contracts', 'recipe'])
    await cp(join(project, room), join(copy, room), { recursive: true });
  const path = join(copy, 'workflows', file);
  const before = await readFile(path, 'utf8');
  const after = change(before);
  expect(after).not.toBe(before);
  await writeFile(path, after);
  const workflowsPath = join(copy, 'workflows', 'index.ts');
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
  return code;
}

test.each<[string, string, string, (code: string) => string]>([
  [
    'an activity that is no longer asked for',
    'fineTune',
    'run-segments.ts',
    (code) => code.replace(/^ +await pruneAll\(.*\);$/m, ''),
  ],
  [
    'a timer before the first activity',
    'collect',
    'run-stage.ts',
    (code) =>
      code
        .replace('upsertSearchAttributes, workflowInfo', 'sleep, $&')
        .replace(/^ +let stageKey = /m, "  await sleep('1 second');\n$&"),
  ],
  [
    'an activity under another type',
    'evaluate',
    'stages/evaluate.ts',
    (code) => code.replace('activities.evaluateTexts', 'activities.labelTexts'),
  ],
])('finds out %s', async (_what, name, file, change) => {
  const code = await bundleChanged(file, change);
  const history = await historyOf(name);
  await expect(
    Worker.runReplayHistory({ workflowBundle: { code } }, history, 'recorded'),
  ).rejects.toThrow(/[Nn]ondeterminism/);
});

/** What Temporal's payloads may weigh: references and settings, never data. */
const maxPayloadBytes = 16 * 1024;

test.each(recorded)('every payload of %s is small', async (name) => {
  const sizes: number[] = [];
  const look = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    const { data } = value as { data?: unknown };
    if (typeof data === 'string') sizes.push(Buffer.from(data, 'base64').byteLength);
    Object.values(value).forEach(look);
  };
  look(await historyOf(name));
  expect(sizes.length).toBeGreaterThan(3);
  expect(Math.max(...sizes)).toBeLessThan(maxPayloadBytes);
});
