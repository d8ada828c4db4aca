import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleWorkflows } from '../../workers/workflow-bundle.js';

let folder: string;
let path: string;
let modules: string[];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-bundle-'));
  path = await bundleWorkflows(folder);
  // The development build of webpack names every module in its source.
  const code = await readFile(path, 'utf8');
  modules = [
    ...new Set(
      [...code.matchAll(/"(\.{1,2}\/[^"\n]+\.(?:ts|js|mjs|cjs))"/g)].map(([, name]) => name!),
    ),
  ];
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('holds the workflows, and of the contracts and the recipe only files without zod', () => {
  expect(modules).toContain('./workflows/pipeline.ts');
  expect(modules.filter((name) => /^\.\/(contracts|recipe)\//.test(name)).sort()).toEqual([
    './contracts/activity-table.ts',
    './contracts/names.ts',
    './contracts/shards.ts',
    './contracts/stage-words.ts',
    './recipe/stage.ts',
  ]);
});

test.each(['zod', '@tensorflow', '@aws-sdk', '@temporalio/activity', '@temporalio/client', 'hono'])(
  'holds nothing of %s',
  (name) => {
    expect(modules.filter((module) => module.includes(`node_modules/${name}/`))).toEqual([]);
  },
);

test('is made once for one state of its sources', async () => {
  const { mtimeMs } = await stat(path);
  expect(await bundleWorkflows(folder)).toBe(path);
  expect((await stat(path)).mtimeMs).toBe(mtimeMs);
  expect(await readdir(join(folder, 'bundles'))).toHaveLength(1);
});
