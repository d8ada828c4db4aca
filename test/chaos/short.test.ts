/** The short form of `npm run chaos`: one death of each kind and a damaged checkpoint, on a recipe of seconds. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { chaosRecipe } from './chaos-recipe.js';
import { runDisturbed } from './disturbed.js';
import { planFaults } from './fault-plan.js';
import { kills, otherFaults } from './faults.js';
import { createUndisturbedRuns } from './undisturbed.js';

const limitMs = 20 * 60_000;
/**
 * A killed download goes with age and a killed upload of an artifact with `burnish gc`. The gateway keeps parts under a
 * hash of their key: uploads of checkpoints, none of which may be left, are told by name.
 */
const goesLater = /\/\.partial-|: \.sgwtmp\/multipart\//;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-chaos-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('a pipeline whose workers, engine and servers are killed computes what it computes undisturbed', async () => {
  const recipe = chaosRecipe(7, 'short');
  const undisturbed = await createUndisturbedRuns(folder, limitMs)(recipe);
  const { flip, torn } = otherFaults({ outageSeconds: 0 });
  const plan = planFaults(7, { kills, count: kills.length, others: [flip!, torn!] });
  const run = await runDisturbed(plan, { folder, recipe, seed: 7, undisturbed, limitMs });
  expect(run.problems).toEqual([]);
  expect(run.isEqual).toBe(true);
  expect(run.leftovers.filter((line) => !goesLater.test(line))).toEqual([]);
  expect(run.struck.map(({ fault }) => fault)).toEqual(plan.map(({ fault }) => fault.name));
});
