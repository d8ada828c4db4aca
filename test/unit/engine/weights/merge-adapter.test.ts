import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { mergeAdapter } from '../../../../engine/weights/merge-adapter.js';
import { ModelFolderError } from '../../../../engine/weights/bloom-config.js';
import { readModelWeights } from '../../../support/read-model-weights.js';
import { writeSafetensors } from '../../../../engine/weights/safetensors.js';
import { makeFolder } from '../../../support/folders.js';
import { tinyConfig, writeTinyModel } from '../../../support/made-up/tiny-model.js';

const { hidden_size: hidden, n_layer: blockCount } = tinyConfig;
const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, target_modules: ['dense_h_to_4h'] };
const factor = (block: number, kind: 'A' | 'B'): string =>
  `base_model.model.transformer.h.${block}.mlp.dense_h_to_4h.lora_${kind}.weight`;

let folder: string;
let shapes: Map<string, number[]>;
beforeEach(async () => {
  folder = await makeFolder();
  writeTinyModel(join(folder, 'base'));
  shapes = new Map(
    Array.from({ length: blockCount }, (_, block) => block).flatMap((block) => [
      [factor(block, 'A'), [2, hidden]],
      [factor(block, 'B'), [4 * hidden, 2]],
    ]),
  );
});

/** Writes the adapter, merges it, and returns the names of the weights that changed. */
function merge(change: object = {}): string[] {
  const place = (name: string): string => join(folder, name);
  mkdirSync(place('adapter'), { recursive: true });
  writeFileSync(place('adapter/adapter_config.json'), JSON.stringify({ ...config, ...change }));
  writeSafetensors(
    place('adapter/adapter_model.safetensors'),
    Array.from(shapes, ([name, shape]) => {
      const size = shape.reduce((product, length) => product * length, 1);
      return { name, shape, dtype: 'F32' as const, data: new Float32Array(size).fill(0.5) };
    }),
  );
  mergeAdapter({ base: place('base'), adapter: place('adapter'), result: place('merged') });
  const before = new Map(
    Array.from(readModelWeights(place('base')), (one) => [one.name, one.data]),
  );
  return Array.from(readModelWeights(place('merged'))).flatMap(({ name, data }) =>
    data.every((value, index) => value === before.get(name)![index]) ? [] : [name],
  );
}

const file = (): string => join(folder, 'adapter', 'adapter_model.safetensors');
const matrixOf = (block: number): string => `transformer.h.${block}.mlp.dense_h_to_4h.weight`;

describe('merging an adapter', () => {
  it('changes the matrices that the configuration names, in every block', () => {
    expect(merge()).toEqual([matrixOf(0), matrixOf(1)]);
  });

  it.each([[[1]], [1]])(
    'changes the blocks %j alone when layers_to_transform says so',
    (layers) => {
      shapes.delete(factor(0, 'A'));
      shapes.delete(factor(0, 'B'));
      expect(merge({ layers_to_transform: layers })).toEqual([matrixOf(1)]);
    },
  );

  it('refuses factors whose input and output are swapped, though their product is as large', () => {
    shapes.set(factor(0, 'A'), [2, 4 * hidden]).set(factor(0, 'B'), [hidden, 2]);
    expect(merge).toThrow(ModelFolderError);
    expect(merge).toThrow(
      `${file()}: tensor "${factor(0, 'A')}": expected the shape [2, ${hidden}], found [2, ${4 * hidden}]`,
    );
  });

  it('refuses an adapter without tensors', () => {
    shapes.clear();
    expect(merge).toThrow(`${file()}: lacks tensor "${factor(0, 'A')}"`);
  });

  it('refuses an adapter that lacks a block', () => {
    shapes.delete(factor(1, 'A'));
    shapes.delete(factor(1, 'B'));
    expect(merge).toThrow(`${file()}: lacks tensor "${factor(1, 'A')}"`);
  });

  it('refuses an adapter that lacks a module', () => {
    const modules = ['query_key_value', 'dense_h_to_4h'];
    expect(() => merge({ target_modules: modules })).toThrow(
      /adapter_model\.safetensors: lacks tensor ".*h\.0\.self_attention\.query_key_value\.lora_A/,
    );
  });

  it.each([
    ['of a module that the configuration does not name', 'transformer.h.0.mlp.dense_4h_to_h', {}],
    ['of a block that the configuration does not name', undefined, { layers_to_transform: [1] }],
    ['of a matrix that the base does not have', 'transformer.h.9.mlp.dense_h_to_4h', {}],
  ])('refuses factors %s', (_, matrix, change) => {
    if (matrix !== undefined)
      shapes
        .set(`base_model.model.${matrix}.lora_A.weight`, [2, hidden])
        .set(`base_model.model.${matrix}.lora_B.weight`, [hidden, 2]);
    expect(() => merge(change)).toThrow(
      /adapter_model\.safetensors: tensor ".*lora_A.weight": expected factors of dense_h_to_4h in/,
    );
  });

  it.each(['transformer.ln_f.weight', 'transformer.h.0.mlp.dense_h_to_4h.lora_B.bias'])(
    'refuses the tensor %s, which would be lost',
    (name) => {
      shapes.set(`base_model.model.${name}`, [hidden]);
      expect(merge).toThrow(`${file()}: tensor "base_model.model.${name}" is no factor`);
    },
  );

  it('refuses biases on factors', () => {
    expect(() => merge({ lora_bias: true })).toThrow(/adapter_config\.json: lora_bias:/);
  });

  it('refuses an adapter before anything is written', () => {
    shapes.clear();
    expect(merge).toThrow(ModelFolderError);
    expect(() => readFileSync(join(folder, 'merged', 'model.safetensors'))).toThrow('ENOENT');
  });
});
