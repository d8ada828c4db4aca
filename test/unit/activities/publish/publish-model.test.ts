import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  createPublishModel,
  aliasObjections,
} from '../../../../activities/publish/publish-model.js';
import type { PublishInput } from '../../../../contracts/activities.js';
import type { Evaluation } from '../../../../contracts/report.js';
import { readArtifact } from '../../../../storage/artifacts.js';
import { readCheckpoint } from '../../../../storage/checkpoints.js';
import { pruneCheckpoints } from '../../../../storage/prune-checkpoints.js';
import { readAlias, resolveVersion } from '../../../../storage/registry.js';
import { findKey } from '../../../support/fakes/faulty-store.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { makeFolder, readFiles } from '../../../support/folders.js';
import { commitStep, filesAt, stageKey } from '../../../support/made-up/checkpoint-steps.js';
import { madeUpReport } from '../../../support/made-up/made-up-report.js';
import { madeUpRecipe, storeDataset, storeFiles } from '../../../support/made-up/made-up-run.js';

const trained = {
  'config.json': '{}',
  'generation_config.json': '{}',
  'model.safetensors': 'weights',
  'tokenizer.json': '{}',
  'tokenizer_config.json': '{}',
};

async function setUp(publish: object = {}, store = createMemoryStore()) {
  const cacheFolder = await makeFolder();
  const { evaluation } = await madeUpReport();
  const recipe = madeUpRecipe({ publish });
  const input: PublishInput = {
    settings: recipe.recipe.publish,
    recipe,
    runId: 'run-1',
    workflowId: 'made-up-1',
    policy: await storeFiles(store, 'model', trained),
    dataset: await storeDataset(store, 12),
    evaluation: await storeFiles(store, 'evaluation', {
      'evaluation.json': JSON.stringify(evaluation),
    }),
  };
  const publishModel = createPublishModel({ store, cacheFolder });
  const readPolicy = async (version: string) => {
    const { policy } = await resolveVersion(store, version);
    return { policy, folder: await readArtifact(store, policy, cacheFolder) };
  };
  return { store, input, publishModel, readPolicy };
}

describe('publishModel', () => {
  it('publishes a Hugging Face folder and moves the alias', async () => {
    const { store, input, publishModel, readPolicy } = await setUp();
    const outcome = await publishModel(input);
    expect(outcome).toEqual({
      version: 'burnish-1',
      aliasMoved: true,
      message: 'Published burnish-1; the alias production points to it.',
    });
    expect((await readAlias(store, 'burnish', 'production'))?.version).toBe('burnish-1');
    const { folder } = await readPolicy('burnish-1');
    for (const [name, content] of Object.entries(trained)) {
      expect(await readFile(join(folder, name), 'utf8')).toBe(content);
    }
    const recipe = JSON.parse(await readFile(join(folder, 'recipe.json'), 'utf8')) as unknown;
    expect(recipe).toEqual(input.recipe.recipe);
  });

  it('writes a card with front matter, results and the word simulated in their heading', async () => {
    const { input, publishModel, readPolicy } = await setUp();
    await publishModel(input);
    const { folder } = await readPolicy('burnish-1');
    const card = await readFile(join(folder, 'README.md'), 'utf8');
    const [, frontMatter] = card.split('---\n');
    expect(parse(frontMatter!)).toMatchObject({ license: 'apache-2.0', base_model: 'base' });
    expect(card).toContain('## Results (simulated scores)');
    expect(card).toContain('20 training, 4 validation, 12 test pairs');
    expect(card).toContain(input.recipe.digest);
    expect(card).toMatch(/\| PPO \| .*\[.*\] \|/);
    expect(card).toMatch(/- PPO − SFT: (Proven|No proven)/);
    expect(card).not.toContain('undefined');
  });

  it('pins the checkpoint that the policy was written from', async () => {
    const { store, input, publishModel } = await setUp();
    const checkpoint = await commitStep(store, 7);
    await publishModel({ ...input, checkpoint });
    await commitStep(store, 8);
    await pruneCheckpoints(store, { stageKey, keep: 1, pinned: [] });
    expect(findKey(store, /step-0000000007.pins/)).toMatch(/\/pins\/burnish-1\.json$/);
    const folder = await readCheckpoint(store, checkpoint, await makeFolder());
    expect(await readFiles(folder)).toEqual(filesAt(7));
  });

  it('is the same publication when it is tried again', async () => {
    const { input, publishModel } = await setUp();
    const first = await publishModel(input);
    expect(await publishModel(input)).toEqual(first);
  });

  it('gives equal models of different runs equal digests, and versions of their own', async () => {
    const { input, publishModel, readPolicy } = await setUp();
    await publishModel(input);
    const again = await publishModel({ ...input, runId: 'run-2', workflowId: 'made-up-2' });
    expect(again.version).toBe('burnish-2');
    expect(again.message).toContain('(before: burnish-1)');
    const [first, second] = [await readPolicy('burnish-1'), await readPolicy('burnish-2')];
    expect(second.policy.digest).toBe(first.policy.digest);
  });

  it('publishes but leaves the alias where too little content is kept, and says so', async () => {
    const { store, input, publishModel } = await setUp({ minContentKept: 0.99 });
    const outcome = await publishModel(input);
    expect(outcome).toMatchObject({ version: 'burnish-1', aliasMoved: false });
    expect(outcome.message).toMatch(
      /not moved: content kept is 0\.\d{3}, below minContentKept 0\.99/,
    );
    expect(await readAlias(store, 'burnish', 'production')).toBeUndefined();
  });

  it('leaves the alias alone where none was asked for', async () => {
    const { input, publishModel } = await setUp({ alias: null });
    expect(await publishModel(input)).toMatchObject({
      aliasMoved: false,
      message: 'Published burnish-1; no alias was asked for.',
    });
  });
});

function evaluation(kept: { sft: number; ppo: number }): Evaluation {
  const methods = (['sft', 'ppo'] as const).map((method) => {
    const mean = kept[method];
    return { method, metrics: { contentKept: { mean, low: mean, high: mean } } };
  });
  return { methods } as unknown as Evaluation;
}

describe('alias objections', () => {
  it('are none at the very thresholds', () => {
    const settings = { minContentKept: 0.875, maxContentLoss: 0.0625 };
    expect(aliasObjections(evaluation({ sft: 0.9375, ppo: 0.875 }), settings)).toEqual([]);
  });

  it('name each threshold that is crossed', () => {
    const found = aliasObjections(evaluation({ sft: 0.95, ppo: 0.8 }), {
      minContentKept: 0.85,
      maxContentLoss: 0.1,
    });
    expect(found).toHaveLength(2);
    expect(found[0]).toContain('0.800, below minContentKept 0.85');
    expect(found[1]).toContain('from 0.950 to 0.800, by more than maxContentLoss 0.1');
  });

  it('are none where PPO keeps more than SFT', () => {
    const settings = { minContentKept: 0, maxContentLoss: 0 };
    expect(aliasObjections(evaluation({ sft: 0.8, ppo: 0.9 }), settings)).toEqual([]);
  });

  it('stand against an evaluation that did not measure it', () => {
    const settings = { minContentKept: 0, maxContentLoss: 1 };
    expect(aliasObjections({ methods: [] } as unknown as Evaluation, settings)).toHaveLength(1);
  });
});
