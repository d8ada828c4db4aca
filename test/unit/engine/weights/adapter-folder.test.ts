import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { firstLora, loraShapes } from '../../../../engine/model/lora.js';
import { bloomShapes } from '../../../../engine/model/bloom.js';
import { writeAdapter } from '../../../../engine/weights/adapter-folder.js';
import { mergeLora } from '../../../../engine/weights/merge-adapter.js';
import { readAdapter } from '../../../../engine/weights/adapter-folder.js';
import { openSafetensors } from '../../../../engine/weights/safetensors.js';
import { makeFiles, makeFolder } from '../../../support/folders.js';
import { tinyConfig } from '../../../support/made-up/tiny-model.js';

const lora = { rank: 2, alpha: 4, targetModules: ['query_key_value' as const] };
const shapes = loraShapes(tinyConfig, lora, { shapes: bloomShapes(tinyConfig), firstBlock: 0 });
const values = firstLora(shapes, 1) as Record<string, Float32Array>;
const tensors = Object.entries(shapes).map(([name, shape]) => ({
  name,
  shape,
  data: values[name]!.map((value, index) => value + index / 64),
}));

async function written(task: 'CAUSAL_LM' | 'SEQ_CLS' = 'CAUSAL_LM'): Promise<string> {
  const folder = await makeFolder();
  const head = { name: 'score.weight', shape: [1, 24], data: new Float32Array(24).fill(0.5) };
  const isScorer = task === 'SEQ_CLS';
  writeAdapter(folder, {
    lora,
    task,
    heads: isScorer ? ['score.weight'] : [],
    tensors: [...tensors, ...(isScorer ? [head] : [])],
  });
  return folder;
}

describe('an adapter folder', () => {
  it("has PEFT's names and shapes", async () => {
    const file = openSafetensors(join(await written(), 'adapter_model.safetensors'));
    expect([...file.names].sort()).toEqual([
      'base_model.model.transformer.h.0.self_attention.query_key_value.lora_A.weight',
      'base_model.model.transformer.h.0.self_attention.query_key_value.lora_B.weight',
      'base_model.model.transformer.h.1.self_attention.query_key_value.lora_A.weight',
      'base_model.model.transformer.h.1.self_attention.query_key_value.lora_B.weight',
    ]);
    expect(file.shapeOf(file.names.find((name) => name.includes('lora_A'))!)).toEqual([2, 24]);
    expect(file.shapeOf(file.names.find((name) => name.includes('lora_B'))!)).toEqual([72, 2]);
    expect(file.metadata).toEqual({ format: 'pt' });
    file.close();
  });

  it("says what PEFT's LoraConfig needs", async () => {
    const text = readFileSync(join(await written('SEQ_CLS'), 'adapter_config.json'), 'utf8');
    expect(JSON.parse(text)).toMatchObject({
      peft_type: 'LORA',
      task_type: 'SEQ_CLS',
      r: 2,
      lora_alpha: 4,
      lora_dropout: 0,
      bias: 'none',
      fan_in_fan_out: false,
      target_modules: ['query_key_value'],
      modules_to_save: ['score'],
    });
  });

  it('is read as it was written', async () => {
    const adapter = readAdapter(await written());
    expect(adapter.lora).toEqual(lora);
    const byName = (list: { name: string; shape: number[]; data: Float32Array }[]): unknown =>
      Object.fromEntries(list.map(({ name, shape, data }) => [name, { shape, data: [...data] }]));
    expect(byName(adapter.tensors)).toEqual(byName(tensors));
  });

  it.each([
    [{ peft_type: 'IA3' }, /peft_type/],
    [{ use_rslora: true }, /use_rslora/],
    [{ bias: 'all' }, /bias/],
    [{ r: 3 }, /expected rank 3, found the shape/],
    [{ target_modules: ['q_proj'] }, /target_modules/],
  ])('refuses %j and names the file', async (change, message) => {
    const folder = await written();
    const config = z
      .looseObject({})
      .parse(JSON.parse(readFileSync(join(folder, 'adapter_config.json'), 'utf8')));
    const changed = await makeFiles({
      'adapter_config.json': JSON.stringify({ ...config, ...change }),
      'adapter_model.safetensors': readFileSync(join(folder, 'adapter_model.safetensors')),
    });
    expect(() => readAdapter(changed)).toThrow(message);
    expect(() => readAdapter(changed)).toThrow(changed);
  });

  it('refuses a factor without its partner', async () => {
    const folder = await makeFolder();
    writeAdapter(folder, { lora, task: 'CAUSAL_LM', heads: [], tensors: tensors.slice(1) });
    expect(() => readAdapter(folder)).toThrow(/lacks tensor .*lora_A/);
  });
});

describe('merging', () => {
  it('adds scale B A to the matrix', () => {
    const merged = mergeLora(Float32Array.of(1, 2, 3, 4, 5, 6), {
      a: Float32Array.of(1, 0, 2, 0, 1, 1),
      b: Float32Array.of(1, 2, 3, 4),
      rank: 2,
      scale: 0.5,
    });
    // B A = [[1, 2, 4], [3, 4, 10]]
    expect([...merged]).toEqual([1.5, 3, 5, 5.5, 7, 11]);
  });
});
