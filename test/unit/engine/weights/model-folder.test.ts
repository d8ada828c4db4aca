import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeModelWeights } from '../../../../engine/weights/model-folder.js';
import {
  ModelFolderError,
  readBloomConfig,
  writeBloomConfig,
  writeGenerationConfig,
} from '../../../../engine/weights/bloom-config.js';
import { readModelWeights } from '../../../support/read-model-weights.js';
import { openSafetensors, writeSafetensors } from '../../../../engine/weights/safetensors.js';

const golden = 'test/golden/bloom-h4';
const goldenConfig = JSON.parse(readFileSync(`${golden}/config.json`, 'utf8')) as Record<
  string,
  unknown
>;

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'burnish-model-'))));
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const writeJson = (name: string, value: unknown) => {
  writeFileSync(join(folder, name), JSON.stringify(value));
};
const readJson = (name: string) =>
  JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, unknown>;

describe('readBloomConfig', () => {
  it('reads what transformers wrote', () => {
    expect(readBloomConfig(golden)).toMatchObject({
      vocab_size: 128,
      hidden_size: 32,
      n_layer: 2,
      n_head: 4,
      layer_norm_epsilon: 1e-5,
      pad_token_id: 3,
      tie_word_embeddings: true,
    });
  });

  it('reads the older spellings and nulls of bigscience/bloom-1b1', () => {
    writeJson('config.json', {
      model_type: 'bloom',
      n_embed: 1536,
      n_inner: null,
      pad_token_id: null,
      n_layer: 24,
      num_attention_heads: 16,
      vocab_size: 250_880,
      offset_alibi: 100,
    });
    expect(readBloomConfig(folder)).toMatchObject({
      hidden_size: 1536,
      n_layer: 24,
      n_head: 16,
      pad_token_id: 3,
    });
  });

  it.each([
    [{ model_type: 'gpt2' }, /model_type: only "bloom" models can be run, found "gpt2"/],
    [
      { apply_residual_connection_post_layernorm: true },
      /apply_residual_connection_post_layernorm: must be false/,
    ],
    [{ tie_word_embeddings: false }, /tie_word_embeddings: must be true: a head of its own/],
    [{ n_head: 5 }, /n_head: 5 heads do not divide hidden_size 32/],
    [{ n_inner: 64 }, /n_inner: must be 4 x hidden_size = 128/],
    [{ pad_token_id: 128 }, /pad_token_id: 128 is outside the vocabulary of 128/],
    [{ hidden_size: undefined }, /hidden_size/],
    [{ n_layer: 1.5, vocab_size: 0 }, /vocab_size[^]*n_layer/],
  ])('refuses %j, saying what is wrong', (change, message) => {
    writeJson('config.json', { ...goldenConfig, ...change });
    expect(() => readBloomConfig(folder)).toThrow(message);
    expect(() => readBloomConfig(folder)).toThrow(ModelFolderError);
  });

  it('refuses a folder without config.json, or with a damaged one, by path', () => {
    expect(() => readBloomConfig(folder)).toThrow(/config\.json: cannot be read \(ENOENT\)/);
    writeFileSync(join(folder, 'config.json'), '{"model');
    expect(() => readBloomConfig(folder)).toThrow(/config\.json: is not JSON/);
  });
});

describe('writeBloomConfig', () => {
  it('writes every field that transformers wrote, with the same value', () => {
    writeBloomConfig(folder, readBloomConfig(golden), 'BloomForCausalLM');
    const { transformers_version, dtype, ...fields } = goldenConfig;
    expect([transformers_version, dtype]).not.toContain(undefined);
    expect(readJson('config.json')).toEqual(fields);
  });

  it('gives a classifier one output, and reads back as it was', () => {
    const config = { ...readBloomConfig(golden), pad_token_id: 7 };
    writeBloomConfig(folder, config, 'BloomForSequenceClassification');
    expect(readBloomConfig(folder)).toEqual(config);
    expect(readJson('config.json')).toMatchObject({
      architectures: ['BloomForSequenceClassification'],
      id2label: { 0: 'score' },
      problem_type: 'regression',
    });
  });
});

describe('writeGenerationConfig', () => {
  const sampling = {
    temperature: 0.7,
    topK: 0,
    topP: 0.9,
    maxNewTokens: 48,
    repetitionPenalty: 1.1,
  };

  it('writes the sampling in the words of transformers, with the ids of the folder', () => {
    writeBloomConfig(folder, readBloomConfig(golden), 'BloomForCausalLM');
    writeGenerationConfig(folder, sampling);
    expect(readJson('generation_config.json')).toEqual({
      bos_token_id: 1,
      eos_token_id: 2,
      pad_token_id: 3,
      do_sample: true,
      temperature: 0.7,
      top_k: 0,
      top_p: 0.9,
      max_new_tokens: 48,
      repetition_penalty: 1.1,
    });
  });

  it('writes greedy decoding for temperature 0, which transformers refuses as a temperature', () => {
    writeBloomConfig(folder, readBloomConfig(golden), 'BloomForCausalLM');
    writeGenerationConfig(folder, { ...sampling, temperature: 0 });
    const written = readJson('generation_config.json');
    expect(written).toMatchObject({ do_sample: false });
    expect(written).not.toHaveProperty('temperature');
  });
});

describe('readModelWeights', () => {
  const whole = () => [...readModelWeights(golden)];
  const bare = (name: string) => name.replace(/^transformer\./, '');
  const asStored = () =>
    whole().map(({ name, shape, data }) => ({
      name: bare(name),
      shape,
      dtype: 'F32' as const,
      data,
    }));
  const writeShards = () => {
    const stored = asStored();
    const shards = [stored.filter((_, i) => i % 2 === 0), stored.filter((_, i) => i % 2 === 1)];
    const weight_map: Record<string, string> = {};
    shards.forEach((tensors, i) => {
      const fileName = `model-0000${i + 1}-of-00002.safetensors`;
      writeSafetensors(join(folder, fileName), tensors);
      for (const { name } of tensors) weight_map[name] = fileName;
    });
    writeJson('model.safetensors.index.json', { metadata: { total_size: 1 }, weight_map });
    return weight_map;
  };
  beforeEach(() => {
    writeJson('config.json', goldenConfig);
  });

  it('writes back the bytes that transformers wrote', () => {
    writeModelWeights(folder, readModelWeights(golden), 'F32');
    const written = readFileSync(join(folder, 'model.safetensors'));
    expect(written.equals(readFileSync(`${golden}/model.safetensors`))).toBe(true);
  });

  it('gives the names of the bare network their prefix, and leaves the heads alone', () => {
    const head = {
      name: 'score.weight',
      shape: [1],
      dtype: 'F32' as const,
      data: Float32Array.of(5),
    };
    writeSafetensors(join(folder, 'model.safetensors'), [...asStored(), head]);
    const names = [...readModelWeights(folder)].map(({ name }) => name);
    expect(names.sort()).toEqual(['score.weight', ...whole().map(({ name }) => name)].sort());
  });

  it('leaves lm_head.weight out, for it is tied to the embeddings', () => {
    const head = {
      name: 'lm_head.weight',
      shape: [1],
      dtype: 'F32' as const,
      data: Float32Array.of(5),
    };
    writeSafetensors(join(folder, 'model.safetensors'), [...asStored(), head]);
    const names = [...readModelWeights(folder)].map(({ name }) => name);
    expect(names).not.toContain('lm_head.weight');
  });

  it('reads shards as the one file that they are of', () => {
    writeShards();
    const byName = new Map(whole().map((tensor) => [tensor.name, tensor]));
    const read = [...readModelWeights(folder)];
    expect(read).toHaveLength(byName.size);
    for (const tensor of read) expect(tensor).toEqual(byName.get(tensor.name));
  });

  it('says which shard or which tensor of a shard is missing', () => {
    const weightMap = writeShards();
    writeJson('model.safetensors.index.json', {
      weight_map: { ...weightMap, 'h.9.x': 'model-00001-of-00002.safetensors' },
    });
    expect(() => [...readModelWeights(folder)]).toThrow(
      /00001-of-00002\.safetensors: lacks tensor "h\.9\.x"/,
    );
    rmSync(join(folder, 'model-00002-of-00002.safetensors'));
    expect(() => [...readModelWeights(folder)]).toThrow(
      /00002-of-00002\.safetensors: this shard is missing/,
    );
  });

  it('refuses an index that points out of the folder', () => {
    writeJson('model.safetensors.index.json', { weight_map: { x: '../model.safetensors' } });
    expect(() => [...readModelWeights(folder)]).toThrow(
      /"\.\.\/model\.safetensors" is not a shard/,
    );
  });

  it('refuses integers, the same tensor under two spellings, and a folder without weights', () => {
    expect(() => [...readModelWeights(folder)]).toThrow(/holds neither model\.safetensors nor/);
    writeFileSync(join(folder, 'pytorch_model.bin'), '');
    expect(() => [...readModelWeights(folder)]).toThrow(/convert its pytorch_model\.bin/);
    const tensor = {
      name: 'ln_f.bias',
      shape: [1],
      dtype: 'F32' as const,
      data: Float32Array.of(5),
    };
    const again = { ...tensor, name: 'transformer.ln_f.bias' };
    writeSafetensors(join(folder, 'model.safetensors'), [tensor, again]);
    expect(() => [...readModelWeights(folder)]).toThrow(/"transformer\.ln_f\.bias" is there twice/);
    writeSafetensors(join(folder, 'model.safetensors'), [
      { ...tensor, dtype: 'I32', data: Int32Array.of(5) },
    ]);
    expect(() => [...readModelWeights(folder)]).toThrow(/"ln_f\.bias" holds integers/);
  });

  it('halves the bytes in BF16 and stays within half a step of 8 bits', () => {
    writeModelWeights(folder, readModelWeights(golden), 'BF16');
    const file = openSafetensors(join(folder, 'model.safetensors'));
    expect(new Set(file.names.map((name) => file.dtypeOf(name)))).toEqual(new Set(['BF16']));
    file.close();
    const exact = new Map(whole().map(({ name, data }) => [name, data]));
    for (const { name, data } of readModelWeights(folder)) {
      exact.get(name)!.forEach((value, i) => {
        // bfloat16 keeps 8 significant bits: half a step is at most 2^-8 of the value.
        expect(Math.abs(data[i]! - value)).toBeLessThanOrEqual(Math.abs(value) * 2 ** -8);
      });
    }
  });
});
