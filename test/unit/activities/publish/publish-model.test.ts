import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createPublishModel } from '../../../../activities/publish/publish-model.js';
import type { PublishInput } from '../../../../contracts/activities.js';
import { readArtifact } from '../../../../storage/artifacts.js';
import { readCheckpoint } from '../../../../storage/checkpoints.js';
import { pruneCheckpoints } from '../../../../storage/prune-checkpoints.js';
import { readAlias, resolveVersion } from '../../../../storage/registry.js';
import { commitStep, stageKey } from '../../../support/made-up/checkpoint-steps.js';
import { findKey } from '../../../support/fakes/faulty-store.js';
import { makeFolder } from '../../../support/folders.js';
import { madeUpReport } from '../../../support/made-up/made-up-report.js';
import { madeUpRecipe, storeDataset, storeFiles } from '../../../support/made-up/made-up-run.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';

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
    expect(await readCheckpoint(store, checkpoint, await makeFolder())).toBeDefined();
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
