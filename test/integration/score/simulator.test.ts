import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readAllRows } from '../../../files/jsonl.js';
import {
  scoredTextSchema,
  textId,
  type ScoredText,
} from '../../../activities/score/scored-texts.js';
import type { ArtifactRef } from '../../../contracts/artifact.js';
import { providersSchema } from '../../../recipe/sections/providers.js';
import { createProviders } from '../../../providers/providers.js';
import { startSimulator, type RunningSimulator } from '../../../providers/simulator/simulator.js';
import { readArtifact } from '../../../storage/artifacts.js';
import { keyOf } from '../../../text/random.js';
import { makeFolder } from '../../support/folders.js';
import { jsonl, storeFiles } from '../../support/made-up/made-up-run.js';
import { createMemoryStore } from '../../support/fakes/memory-store.js';
import { scoreAll } from '../../support/programs/score-all.js';
import { scoreDirectly } from '../../support/programs/score-directly.js';

let simulator: RunningSimulator;
beforeAll(async () => {
  simulator = await startSimulator({ seed: 5, port: 0 });
}, 60_000);
afterAll(() => simulator.stop());

const subjects = 'a red fox,an old ship at sea,a castle of glass,two robots'.split(',');
const texts = Array.from({ length: 500 }, (_, i) => {
  const x = subjects[i % subjects.length]!;
  return { rowId: `row${i}`, kind: 'sample', x, y: `${x}, number ${i}, oil painting, 8k` };
});
const toScore = texts.map(({ rowId, x, y }) => ({ x, y, rowKey: keyOf(rowId) }));

/** Scores the texts shard by shard with these providers: the recipe's section. */
async function scoreInShards(section: object) {
  const store = createMemoryStore();
  const cacheFolder = await makeFolder();
  const files = { 'texts-train.jsonl': jsonl(texts), 'texts-validation.jsonl': '' };
  const ref = await storeFiles(store, 'labels', files);
  const settings = providersSchema.parse(section);
  const providers = (_: unknown, options: { share: number }) =>
    createProviders(settings, { simulatorUrl: simulator.url, ...options });
  const asked = { of: 'labels' as const, texts: ref, providers: settings, imagesPerPrompt: 3 };
  const before = await answeredCalls();
  const { shards, scores } = await scoreAll({ store, cacheFolder, providers }, asked);
  const after = await answeredCalls();
  const answered = { images: after.images - before.images, scores: after.scores - before.scores };
  const rows = new Map<string, ScoredText>();
  const read = async (shard: ArtifactRef) =>
    readAllRows(
      join(await readArtifact(store, shard, cacheFolder), 'scores.jsonl'),
      scoredTextSchema,
    );
  for (const shard of scores) for (const row of await read(shard)) rows.set(row.id, row);
  const found = toScore.map((text) => {
    const row = rows.get(textId(text));
    return row && { pick: row.pick, aesthetic: row.aesthetic };
  });
  return { shards, found, answered };
}

/** Answers that the simulator has given by now. */
async function answeredCalls(): Promise<{ images: number; scores: number }> {
  const { answered } = (await (await fetch(`${simulator.url}/counts`)).json()) as {
    answered: Record<string, number>;
  };
  const countOf = (pattern: RegExp): number =>
    Object.entries(answered).reduce(
      (sum, [path, count]) => sum + (pattern.test(path) ? count : 0),
      0,
    );
  return { images: countOf(/images/), scores: countOf(/infer$/) };
}

/** The calls that the shards recorded as paid. */
function paidCalls(shards: ScoredShards): { images: number; scores: number } {
  const sum = (provider: 'images' | 'scores'): number =>
    shards.reduce((total, { spent }) => total + (spent[provider]?.calls ?? 0), 0);
  return { images: sum('images'), scores: sum('scores') };
}

type ScoredShards = Awaited<ReturnType<typeof scoreAll>>['shards'];

test('texts have the scores that asking for them directly gives, to the last bit', async () => {
  const providers = createProviders(providersSchema.parse({}), { simulatorUrl: simulator.url });
  const expected = await scoreDirectly(providers, toScore, { seed: 3, imagesPerPrompt: 3 });
  const { found, shards, answered } = await scoreInShards({});
  expect(found).toEqual(expected);
  // What is recorded as paid is what the servers answered.
  expect(paidCalls(shards)).toEqual(answered);
});

test('requests are counted as servers see them, where one picture comes a call and few are scored at once', async () => {
  const { found, shards, answered } = await scoreInShards({
    images: { maxPerCall: 1 },
    scores: { maxBatch: 2 },
  });
  expect(found.every((score) => score !== undefined)).toBe(true);
  expect(answered).toEqual({ images: 1500, scores: 2000 });
  expect(paidCalls(shards)).toEqual(answered);
});

test('a simulator that misbehaves costs no text its scores and changes none', async () => {
  const calm = await scoreInShards({});
  const faults = { serverError: 0.02, tooManyRequests: 0.02, cutConnection: 0.02 };
  const transport = { ...faults, invalidJson: 0.02, retryAfterSeconds: 0 };
  const stormy = await scoreInShards({ simulator: { transport } });
  expect(stormy.found.filter((score) => score === undefined)).toEqual([]);
  expect(stormy.found).toEqual(calm.found);
}, 120_000);
