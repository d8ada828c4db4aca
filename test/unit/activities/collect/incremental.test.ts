import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createMergeCollection } from '../../../../activities/collect/merge-collection.js';
import { createPlanCollection } from '../../../../activities/collect/plan-collection.js';
import { createCollectShard } from '../../../../activities/collect/collect-shard.js';
import type { Allowance, CollectedShard, CollectionPlan } from '../../../../contracts/shards.js';
import type { DataCard } from '../../../../contracts/data-card.js';
import { collectSchema } from '../../../../recipe/sections/collect.js';
import { providersSchema } from '../../../../recipe/sections/providers.js';
import { createMadeUpProviders } from '../../../support/made-up/made-up-providers.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { makeFiles, makeFolder } from '../../../support/folders.js';
import { runActivity } from '../../../support/fakes/run-activity.js';

const settings = collectSchema.parse({
  sources: ['p.jsonl'],
  testShare: 0.1,
  validationShare: 0.1,
});
const providers = providersSchema.parse({});
const row = (index: number): string =>
  `${JSON.stringify({ prompt: `a cat${index} near the dog${index}, 8k, oil painting, sharp focus` })}\n`;
const rows = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, index) => row(from + index)).join('');

/** Collections of one folder and one store; `asked` counts what the providers were asked. */
async function setUp(content: string) {
  const store = createMemoryStore();
  const rootFolder = await makeFiles({ 'p.jsonl': content });
  const cacheFolder = await makeFolder();
  let asked = 0;
  const onAsked = (): void => void (asked += 1);
  const dependencies = {
    store,
    cacheFolder,
    rootFolder,
    providers: () => createMadeUpProviders({ onAsked }),
  };
  const activities = {
    planCollection: createPlanCollection(dependencies),
    collectShard: createCollectShard(dependencies),
    mergeCollection: createMergeCollection(dependencies),
  };
  const planFor = (letter: string): Promise<CollectionPlan> =>
    runActivity((input) => activities.planCollection(input), {
      settings,
      seed: 7,
      recipe: 'nightly',
      stageKey: letter.repeat(64),
    });
  const shard = (
    letter: string,
    plan: CollectionPlan,
    { shardIndex, allowance = {} }: { shardIndex: number; allowance?: Allowance },
  ): Promise<CollectedShard> =>
    runActivity((input) => activities.collectShard(input), {
      settings,
      providers,
      seed: 7,
      stageKey: letter.repeat(64),
      plan,
      shardIndex,
      share: 1,
      allowance,
      prior: plan.spentByShard[shardIndex] ?? {},
    });
  const collect = async (letter: string) => {
    const plan = await planFor(letter);
    const shards: CollectedShard[] = [];
    for (let index = 0; index < plan.shardCount; index += 1) {
      shards.push(await shard(letter, plan, { shardIndex: index }));
    }
    const spent = {};
    const merged = await runActivity((input) => activities.mergeCollection(input), {
      settings,
      plan,
      shards,
      spent,
    });
    return { plan, ...merged };
  };
  const fileOf = (digest: string, name: string): string =>
    Buffer.from(store.objects.get(`artifacts/dataset/${digest}/${name}`)!.body).toString();
  return { rootFolder, collect, planFor, shard, fileOf, asked: () => asked };
}

describe('a collection that has run before', { timeout: 90_000 }, () => {
  it('asks for new rows only, and gives what one run over all rows gives', async () => {
    const nightly = await setUp(rows(0, 300));
    await nightly.collect('a');
    const before = nightly.asked();
    expect(before).toBe(300);
    await appendFile(join(nightly.rootFolder, 'p.jsonl'), rows(300, 340));
    const grown = await nightly.collect('b');
    expect(nightly.asked() - before).toBe(40);

    const atOnce = await setUp(rows(0, 340));
    const whole = await atOnce.collect('b');
    for (const name of ['train.jsonl', 'validation.jsonl', 'test.jsonl', 'prompts-train.jsonl']) {
      expect(nightly.fileOf(grown.dataset.digest, name)).toBe(
        atOnce.fileOf(whole.dataset.digest, name),
      );
    }
  });

  it('puts aside new rows that repeat old ones, and the card counts them apart', async () => {
    const nightly = await setUp(rows(0, 300));
    await nightly.collect('a');
    await appendFile(join(nightly.rootFolder, 'p.jsonl'), row(7) + row(300) + row(300));
    const { plan, dataset } = await nightly.collect('b');
    expect([plan.rowCount, plan.rejectedCount]).toEqual([301, 2]);
    const card = JSON.parse(nightly.fileOf(dataset.digest, 'card.json')) as DataCard;
    expect(card.duplicates).toMatchObject({ exact: 1, earlierExact: 1, earlierNear: 0 });
    const { read } = card.rows;
    const dropped = card.filters.reduce((sum, filter) => sum + filter.dropped, 0);
    expect([read, card.pairs.total + dropped + card.quarantine.count]).toEqual([303, 303]);
  });

  it('stops at its allowance, keeps what it has, and goes on with a larger one', async () => {
    const capped = await setUp(rows(0, 300));
    const plan = await capped.planFor('a');
    const allowance: Allowance = {
      chat: { calls: 10, cost: null },
      captions: { calls: 5, cost: null },
    };
    const first = await capped.shard('a', plan, { shardIndex: 0, allowance });
    expect(first.pairs).toBeUndefined();
    const calls = (first.spent.chat?.calls ?? 0) + (first.spent.captions?.calls ?? 0);
    expect(calls).toBeLessThanOrEqual(15);
    expect(calls).toBe(capped.asked());

    const again = await capped.planFor('a');
    expect(again.spentByShard[0]?.chat).toEqual(first.spent.chat);
    const whole = await capped.shard('a', again, { shardIndex: 0 });
    expect(whole.pairs).toMatchObject({ kind: 'dataset' });
    const counted = (whole.spent.chat?.calls ?? 0) + (whole.spent.captions?.calls ?? 0);
    expect(counted).toBe(capped.asked() - calls);
  });
});
