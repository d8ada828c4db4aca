import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TrainingMethod } from '../../../../contracts/names.js';
import { arrows, methodFolders, roomsBelow } from '../../../../infra/layers/arrows.mjs';
import { findLayerViolations } from '../../../../infra/layers/check-layers.mjs';
import { drawLayers } from '../../../../infra/layers/draw-layers.mjs';

/** A checkout in which every rule is broken once, and imports that look alike but are allowed. */
const sources: Record<string, string> = {
  'contracts/names.ts': 'export const queue = 1;',
  'contracts/recipe.ts':
    "import { z } from 'zod'; export const schema = z.string(); export type Recipe = string;",
  'contracts/innocent.ts': "export * from './recipe.js';",
  'workflows/good.ts':
    "import { queue } from '../contracts/names.js'; import type { Recipe } from '../contracts/recipe.js'; export const good: Recipe | number = queue;",
  'workflows/leak.ts':
    "import { schema } from '../contracts/innocent.js'; export const leak = schema;",
  'workflows/reads.ts':
    "import { readFileSync } from 'node:fs'; export const reads = readFileSync;",
  'workflows/polls.ts': "import { Worker } from '@temporalio/worker'; export const polls = Worker;",
  'workflows/types-of-activities.ts':
    "import type { Run } from '../activities/run.js'; export type A = Run;",
  'activities/run.ts':
    "import { store } from '../storage/store.js'; export const run = store; export type Run = typeof run;",
  'activities/upward.ts': "import { main } from '../cli/main.js'; export const upward = main;",
  'storage/store.ts': 'export const store = 1;',
  'storage/sideways.ts':
    "import { step } from '../engine/sft/step.js'; export const sideways = step;",
  'storage/second-client.ts':
    "import { S3Client } from '@aws-sdk/client-s3'; export const client = S3Client;",
  'storage/s3-store.ts':
    "import { S3Client } from '@aws-sdk/client-s3'; export const client = S3Client;",
  'engine/tensor.ts': "export * from '@tensorflow/tfjs-node-gpu';",
  'engine/sft/step.ts': 'export const step = 1;',
  'engine/sft/native.ts':
    "import * as tf from '@tensorflow/tfjs-node-gpu'; export const native = tf;",
  'engine/sft/durable.ts':
    "import type { Client } from '@temporalio/client'; export type Durable = Client;",
  'engine/ppo/borrows.ts': "import { step } from '../sft/step.js'; export const borrows = step;",
  'engine/process/all.ts': "import { step } from '../sft/step.js'; export const all = step;",
  'providers/client.ts':
    "import { server } from './simulator/server.js'; export const client = server;",
  'providers/simulator/server.ts': 'export const server = 1;',
  'web/a.ts': "import { b } from './b.js'; export const a = (): number => b();",
  'web/b.ts': "import { a } from './a.js'; export const b = (): number => a();",
  'web/tested.ts': "import { helper } from '../test/helper.js'; export const tested = helper;",
  'test/helper.ts': 'export const helper = 1;',
  'cli/main.ts': "import { store } from '../storage/store.js'; export const main = store;",
  'cli/durable.ts': "import { run } from '../activities/run.js'; export const durable = run;",
  'dataset/rows.ts':
    "import { store } from '../storage/store.js'; import { line } from '../files/lines.js'; export const rows = [store, line];",
  'dataset/pays.ts': "import { client } from '../providers/client.js'; export const pays = client;",
  'dataset/fetches.ts':
    "import { bytes } from '../providers/public-fetch.js'; export const fetches = bytes;",
  'providers/public-fetch.ts': 'export const bytes = 1;',
  'recipe/stage.ts': 'export const stage = 1;',
  'files/lines.ts': 'export const line = 1;',
  'workers/main.ts': 'export const main = 1;',
  'infra/environment.ts': 'export const environment = 1;',
  'text/words.ts': 'export const words = 1;',
  'package.json': '{ "type": "module" }',
};

describe('findLayerViolations', () => {
  let folder: string;
  let violations: string[];
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'burnish-layers-'));
    const files = { ...sources, 'tsconfig.json': readFileSync('tsconfig.json', 'utf8') };
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder, dirname(path)), { recursive: true });
      writeFileSync(join(folder, path), content);
    }
    symlinkSync(join(process.cwd(), 'node_modules'), join(folder, 'node_modules'));
    violations = await findLayerViolations({ folder });
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  it.each([
    ['an import of a higher room', 'arrows-of-activities: activities/upward.ts → cli/main.ts'],
    [
      'an import of a room beside it',
      'arrows-of-storage: storage/sideways.ts → engine/sft/step.ts',
    ],
    [
      'a type of the activities in a workflow',
      'arrows-of-workflows: workflows/types-of-activities.ts → activities/run.ts',
    ],
    ['an activity in the command line', 'arrows-of-cli: cli/durable.ts → activities/run.ts'],
    ['shipped code that uses tests', 'arrows-of-web: web/tested.ts → test/helper.ts'],
    ['a second file that knows the S3 client', 'only-here-aws: storage/second-client.ts'],
    ['the native library in a method', 'only-here-tensorflow: engine/sft/native.ts'],
    ['Temporal under engine, as a type too', 'only-here-temporal: engine/sft/durable.ts'],
    ['a method that imports another', 'methods-apart: engine/ppo/borrows.ts → engine/sft/step.ts'],
    [
      'a value of contracts other than names',
      'workflow-values-from-names: workflows/leak.ts → contracts/innocent.ts',
    ],
    [
      'a client that knows the simulator',
      'simulator-apart: providers/client.ts → providers/simulator/server.ts',
    ],
    [
      'data work that makes a paid call',
      'dataset-fetches-only: dataset/pays.ts → providers/client.ts',
    ],
    ['a cycle', 'no-cycles: web/a.ts → web/b.ts → web/a.ts'],
    ['a Node module in the sandbox', 'sandbox-stays-clean: workflows/reads.ts → '],
    ['a package of the worker in the sandbox', 'sandbox-stays-clean: workflows/polls.ts → '],
    [
      'zod reached through an innocent file',
      'sandbox-stays-clean: workflows/leak.ts → contracts/innocent.ts → contracts/recipe.ts → ',
    ],
  ])('finds %s', (_, expected) => {
    expect(
      violations.some((line) => line.startsWith(expected)),
      violations.join('\n'),
    ).toBe(true);
  });

  it('finds nothing else: types of contracts, lower rooms, the safe fetch and the process of all methods are allowed', () => {
    expect(violations, violations.join('\n')).toHaveLength(16);
  });
});

describe('the arrows', () => {
  it('lead from the command line to neither activities nor data work, from the leaves to nothing', () => {
    expect(Object.keys(arrows).filter((room) => !roomsBelow('cli').includes(room))).toEqual([
      'workers',
      'activities',
      'dataset',
      'workflows',
    ]);
    expect(roomsBelow('workflows')).toEqual(['workflows', 'contracts', 'recipe', 'files', 'text']);
    expect([roomsBelow('files'), roomsBelow('text')]).toEqual([['files'], ['text']]);
  });

  it('hold every training method apart from the others', () => {
    expect(methodFolders).toEqual(expect.arrayContaining(Object.values(TrainingMethod)));
  });

  it('are drawn in docs/layers.md as they are checked', () => {
    expect(readFileSync('docs/layers.md', 'utf8'), 'run `npm run draw`').toBe(drawLayers());
  });
});
