import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LoraSettings } from '../../recipe/sections/optimiser.js';
import { writeSafetensors } from './safetensors.js';

export const CONFIG_FILE = 'adapter_config.json';
export const WEIGHTS_FILE = 'adapter_model.safetensors';
/** What PEFT puts before the names of a model's modules. */
export const PREFIX = 'base_model.model.';

export const FACTOR = /^(transformer\.h\.(\d+)\..+)\.lora_[AB]\.weight$/;

export interface AdapterTensor {
  /** `transformer.h.0.self_attention.query_key_value.lora_A.weight`, or a head's. */
  name: string;
  shape: number[];
  data: Float32Array;
}

/**
 * Writes an adapter as PEFT does: `adapter_model.safetensors` and `adapter_config.json`.
 *
 * `heads` are the weights that were trained whole (`modules_to_save`); other tensors without factors are left out.
 * Source: PEFT `get_peft_model_state_dict`, `LoraConfig`.
 */
export function writeAdapter(
  folder: string,
  adapter: {
    lora: LoraSettings;
    task: 'CAUSAL_LM' | 'SEQ_CLS';
    heads: readonly string[];
    tensors: readonly AdapterTensor[];
  },
): void {
  const { lora, heads } = adapter;
  mkdirSync(folder, { recursive: true });
  const kept = adapter.tensors.filter(({ name }) => FACTOR.test(name) || heads.includes(name));
  writeSafetensors(
    join(folder, WEIGHTS_FILE),
    kept.map(({ name, ...tensor }) => ({ name: `${PREFIX}${name}`, dtype: 'F32', ...tensor })),
    { metadata: { format: 'pt' } },
  );
  const blocks = kept.flatMap(({ name }) => {
    const block = FACTOR.exec(name)?.[2];
    return block === undefined ? [] : [Number(block)];
  });
  const config = {
    base_model_name_or_path: null,
    bias: 'none',
    fan_in_fan_out: false,
    inference_mode: true,
    init_lora_weights: true,
    layers_pattern: 'h',
    layers_to_transform: [...new Set(blocks)].sort((a, b) => a - b),
    lora_alpha: lora.alpha,
    lora_dropout: 0,
    modules_to_save: heads.length > 0 ? heads.map((name) => name.split('.')[0]) : null,
    peft_type: 'LORA',
    r: lora.rank,
    target_modules: lora.targetModules,
    task_type: adapter.task,
    use_rslora: false,
  };
  writeFileSync(join(folder, CONFIG_FILE), `${JSON.stringify(config, null, 2)}\n`);
}
