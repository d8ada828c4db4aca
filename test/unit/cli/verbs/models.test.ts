import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { UsageError } from '../../../../cli/failures.js';
import { findModelFolder } from '../../../../cli/verbs/models.js';
import { makeFolder } from '../../../support/folders.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { writeTinyModel } from '../../../support/made-up/tiny-model.js';

let source: string;
let store: ReturnType<typeof createMemoryStore>;
let cacheFolder: string;
const places = () => ({ store, cacheFolder });

beforeEach(async () => {
  source = join(await makeFolder(), 'model');
  writeTinyModel(source);
  store = createMemoryStore();
  cacheFolder = await makeFolder();
  for (const name of await readdir(source))
    await store.putFile(`models/mine/${name}`, join(source, name));
});

describe('findModelFolder', () => {
  it('fetches a model from a prefix of the store, byte for byte', async () => {
    const folder = await findModelFolder(`${store.bucketUri}/models/mine/`, places);
    for (const name of await readdir(source))
      expect(await readFile(join(folder, name))).toEqual(await readFile(join(source, name)));
  });

  it.each([
    ['s3://another/models/mine', /not in the configured store/],
    ['s3://memory/models/none', /lacks config\.json, tokenizer\.json, model\.safetensors/],
  ])('refuses %s as wrong usage', async (model, message) => {
    const found = findModelFolder(model, places);
    await expect(found).rejects.toThrow(UsageError);
    await expect(found).rejects.toThrow(message);
  });

  it('asks no store for a folder', async () => {
    const never = () => {
      throw new Error('the store was asked');
    };
    expect(await findModelFolder(source, never)).toBe(source);
  });
});
