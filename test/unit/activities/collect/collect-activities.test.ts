import { describe, expect, it } from 'vitest';
import { createMergeCollection } from '../../../../activities/collect/merge-collection.js';
import { createPlanCollection } from '../../../../activities/collect/plan-collection.js';
import { createCollectShard } from '../../../../activities/collect/collect-shard.js';
import type { CollectedShard } from '../../../../contracts/shards.js';
import type { DataCard } from '../../../../contracts/data-card.js';
import { collectSchema } from '../../../../recipe/sections/collect.js';
import { providersSchema } from '../../../../recipe/sections/providers.js';
import {
  ProviderRefusedError,
  ProviderRowError,
  ProviderUnavailableError,
} from '../../../../providers/errors.js';
import { uniform } from '../../../../text/random.js';
import {
  createMadeUpProviders,
  type MadeUpBehaviour,
} from '../../../support/made-up/made-up-providers.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { makeFiles, makeFolder } from '../../../support/folders.js';
import { runActivity } from '../../../support/fakes/run-activity.js';

const nouns = 'cat dog castle river robot knight forest tower whale garden'.split(' ');
const prompts = Array.from({ length: 1200 }, (_, i) => {
  const word = (place: number) => `${nouns[Math.floor(uniform(i, place) * 10)]!}${i}`;
  const plain = `a ${word(1)} near the ${word(2)}`;
  return JSON.stringify({
    prompt: i % 2 ? plain : `${plain}, 8k, oil painting, sharp focus, dark`,
  });
}).join('\n');

const settings = collectSchema.parse({ sources: ['p.jsonl'], testShare: 0.1 });
const providers = providersSchema.parse({});
const slow = { concurrency: 4 };
const slowProviders = providersSchema.parse({ chat: slow, captions: slow });
const failure = { provider: 'chat', url: 'http://127.0.0.1/x' };

async function setUp(behaviour?: MadeUpBehaviour, asked = providers) {
  const store = createMemoryStore();
  const dependencies = {
    store,
    cacheFolder: await makeFolder(),
    rootFolder: await makeFiles({ 'p.jsonl': `${prompts}\nnot json` }),
    providers: () => createMadeUpProviders(behaviour),
  };
  const activities = {
    planCollection: createPlanCollection(dependencies),
    collectShard: createCollectShard(dependencies),
    mergeCollection: createMergeCollection(dependencies),
  };
  const of = { settings, seed: 7, recipe: 'r', stageKey: 'a'.repeat(64) };
  const plan = await runActivity((input) => activities.planCollection(input), of);
  const shard = (shardIndex: number) =>
    runActivity((input) => activities.collectShard(input), {
      settings,
      providers: asked,
      seed: 7,
      stageKey: of.stageKey,
      plan,
      shardIndex,
      share: 1,
      allowance: {},
      prior: {},
    });
  const merge = (shards: CollectedShard[]) =>
    runActivity((input) => activities.mergeCollection(input), {
      settings,
      plan,
      shards,
      spent: {},
    });
  const fileOf = (digest: string, name: string) =>
    Buffer.from(store.objects.get(`artifacts/dataset/${digest}/${name}`)!.body).toString();
  return { plan, shard, merge, fileOf };
}

async function shardsOf(
  { plan, shard }: Pick<Awaited<ReturnType<typeof setUp>>, 'plan' | 'shard'>,
  sort: (indexes: number[]) => number[] = (indexes) => indexes,
): Promise<CollectedShard[]> {
  const shards: CollectedShard[] = [];
  const indexes = Array.from({ length: plan.shardCount }, (_, index) => index);
  for (const index of sort(indexes)) shards.push(await shard(index));
  return shards;
}

async function collectAll(sort?: (indexes: number[]) => number[]) {
  const collection = await setUp();
  return {
    ...(await collection.merge(await shardsOf(collection, sort))),
    fileOf: collection.fileOf,
  };
}

describe('the collect activities', { timeout: 90_000 }, () => {
  it('make the same dataset whatever order the shards end in', async () => {
    const one = await collectAll();
    const other = await collectAll((indexes) => indexes.reverse());
    expect(other.dataset).toEqual(one.dataset);
    expect(one.summary).toMatchObject({ rows: 1201, cleanRows: 1200, rejected: 1, improved: 600 });

    const card = JSON.parse(one.fileOf(one.dataset.digest, 'card.json')) as Record<string, unknown>;
    expect(card).toMatchObject({
      rejected: { unreadable: 1 },
      simulated: ['chat'],
      pairs: { total: 1200 },
      contentKept: 1,
    });
    // A picture was drawn for every pair that is a caption.
    const { pairs, cost } = card as unknown as DataCard;
    expect(cost['images']!.images).toBe(pairs.byRoute.caption);
    expect(cost['chat']).toMatchObject({ promptTokens: 0, completionTokens: 0 });
    const rejected = one.fileOf(one.dataset.digest, 'rejected.jsonl');
    expect(JSON.parse(rejected)).toEqual({
      origin: 'p.jsonl:1201',
      reason: 'unreadable: not JSON',
      excerpt: 'not json',
    });
  });

  it('put a row aside when a provider fails on it, and count it', async () => {
    const collection = await setUp({
      onAsked: (text) => {
        if (/\D7\d? near/.test(text)) throw new ProviderRowError('rubbish', failure);
      },
    });
    const { dataset, summary } = await collection.merge(await shardsOf(collection));
    expect(summary['lostToProviders']).toBe(11);
    expect(summary['pairs']).toBe(1189);
    const quarantine = collection.fileOf(dataset.digest, 'quarantine.jsonl');
    expect(quarantine).toContain('provider failed: rubbish');
    expect(quarantine.trim().split('\n')).toHaveLength(11);
  });

  it('stop when providers fail on more rows than the recipe allows', async () => {
    let asked = 0;
    const { shard } = await setUp({
      onAsked: () => {
        asked += 1;
        if (asked % 5 !== 0) throw new ProviderRowError('rubbish', failure);
      },
    });
    await expect(shard(0)).rejects.toMatchObject({
      name: 'RowLossExceededError',
      message: expect.stringMatching(/Providers failed on \d+ of \d+ rows/) as string,
    });
  });

  it('wait for a provider that is down instead of losing its rows', async () => {
    const { shard } = await setUp({
      onAsked: () => {
        throw new ProviderUnavailableError('down', failure);
      },
    });
    await expect(shard(0)).rejects.toMatchObject({ name: 'ProviderUnavailableError' });
  });

  it('fail at once when a provider refuses this client', async () => {
    let asked = 0;
    const { shard } = await setUp(
      {
        onAsked: () => {
          asked += 1;
          throw new ProviderRefusedError('wrong key', failure);
        },
      },
      slowProviders,
    );
    await expect(shard(0)).rejects.toMatchObject({ name: 'ProviderRefusedError' });
    expect(asked).toBeLessThanOrEqual(12);
  });

  it('name the reasons when no row passes the filters', async () => {
    const planCollection = createPlanCollection({
      store: createMemoryStore(),
      cacheFolder: await makeFolder(),
      rootFolder: await makeFiles({ 'p.jsonl': '{"prompt":"x"}\n{"text":"a cat"}\n' }),
    });
    await expect(
      runActivity(planCollection, {
        settings,
        seed: 7,
        recipe: 'r',
        stageKey: 'a'.repeat(64),
      }),
    ).rejects.toMatchObject({
      name: 'InputInvalidError',
      message: expect.stringContaining('too few words (1), unreadable (1)') as string,
    });
  });
});
