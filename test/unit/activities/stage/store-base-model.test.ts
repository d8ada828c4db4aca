import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { storeBaseModel } from '../../../../activities/stage/store-base-model.js';
import { writeAdapter } from '../../../../engine/weights/adapter-folder.js';
import { readModelWeights } from '../../../support/read-model-weights.js';
import { readArtifact } from '../../../../storage/artifacts.js';
import { makeFolder } from '../../../support/folders.js';
import { createMemoryStore } from '../../../support/fakes/memory-store.js';
import { tinyConfig, writeTinyModel } from '../../../support/made-up/tiny-model.js';

const hidden = tinyConfig.hidden_size;
const matrix = 'transformer.h.1.self_attention.dense';

/** An adapter of rank 1 for one matrix: all of its addition is 2 (alpha) x .5 x .25. */
function writeOnes(folder: string, inner = hidden): void {
  writeAdapter(folder, {
    lora: { rank: 1, alpha: 2, targetModules: ['dense'] },
    task: 'CAUSAL_LM',
    heads: [],
    tensors: [
      {
        name: `${matrix}.lora_A.weight`,
        shape: [1, inner],
        data: new Float32Array(inner).fill(0.5),
      },
      {
        name: `${matrix}.lora_B.weight`,
        shape: [hidden, 1],
        data: new Float32Array(hidden).fill(0.25),
      },
    ],
  });
}

describe('a base with an adapter', () => {
  it('is stored with the adapter merged into its matrix and everything else as it was', async () => {
    const [root, store] = [await makeFolder(), createMemoryStore()];
    writeTinyModel(join(root, 'base'));
    writeOnes(join(root, 'adapter'));
    const places = { store, cacheFolder: join(root, 'cache'), rootFolder: root };
    const ref = await storeBaseModel({ base: 'base', adapter: 'adapter' }, places);
    const stored = await readArtifact(store, ref, join(root, 'cache'));
    const merged = new Map(Array.from(readModelWeights(stored), (one) => [one.name, one.data]));
    for (const { name, data } of readModelWeights(join(root, 'base'))) {
      const added = name === `${matrix}.weight` ? 0.25 : 0;
      expect([...merged.get(name)!], name).toEqual([...data.map((value) => value + added)]);
    }
    const plain = await storeBaseModel({ base: 'base', adapter: null }, places);
    expect(plain.digest).not.toBe(ref.digest);
  });

  it('is refused when the adapter belongs to another model, and nothing is stored', async () => {
    const [root, store] = [await makeFolder(), createMemoryStore()];
    writeTinyModel(join(root, 'base'));
    writeOnes(join(root, 'adapter'), hidden + 1);
    const places = { store, cacheFolder: join(root, 'cache'), rootFolder: root };
    await expect(storeBaseModel({ base: 'base', adapter: 'adapter' }, places)).rejects.toThrow(
      /it belongs to another model/,
    );
    const keys: string[] = [];
    for await (const { key } of store.list('')) keys.push(key);
    expect(keys).toEqual([]);
  });
});
