import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { loraTargets, type LoraSettings } from '../../recipe/sections/optimiser.js';
import { readJsonSync } from '../../files/json.js';
import { ModelFolderError } from './bloom-config.js';
import { openSafetensors, writeSafetensors } from './safetensors.js';

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

const configSchema = z.looseObject({
  peft_type: z.literal('LORA'),
  r: z.int().min(1),
  lora_alpha: z.number().gt(0),
  target_modules: z.array(z.enum(loraTargets)),
  /** Null or empty: all blocks. */
  layers_to_transform: z.union([z.int().transform((block) => [block]), z.array(z.int())]).nullish(),
  bias: z.literal('none').default('none'),
  lora_bias: z.literal(false).default(false),
  fan_in_fan_out: z.literal(false).default(false),
  use_rslora: z.literal(false).default(false),
  use_dora: z.literal(false).default(false),
  rank_pattern: z.record(z.string(), z.never()).default({}),
  alpha_pattern: z.record(z.string(), z.never()).default({}),
});

/** An adapter as it was read. */
export interface Adapter {
  lora: LoraSettings;
  /** Blocks that have factors; absent: all. */
  blocks?: number[];
  tensors: AdapterTensor[];
}

/**
 * Reads a folder that PEFT or {@link writeAdapter} wrote.
 *
 * @throws ModelFolderError naming the file and what is not as expected: another method than plain LoRA, a factor whose
 * rank or partner does not fit, a tensor that is no factor.
 * @throws SafetensorsError for a damaged file.
 */
export function readAdapter(folder: string): Adapter {
  const configPath = join(folder, CONFIG_FILE);
  const parsed = configSchema.safeParse(readJsonSync(configPath, ModelFolderError));
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new ModelFolderError(
      `${configPath}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not as expected'}; expected plain LoRA on ${loraTargets.join(', ')}`,
    );
  }
  const { r: rank, lora_alpha: alpha, target_modules: targetModules } = parsed.data;
  const blocks = parsed.data.layers_to_transform ?? [];
  const path = join(folder, WEIGHTS_FILE);
  const file = openSafetensors(path);
  try {
    const tensors = file.names.map((stored) => {
      const data = file.read(stored);
      if (!stored.startsWith(PREFIX) || data instanceof Int32Array)
        throw new ModelFolderError(
          `${path}: tensor "${stored}": expected floats under a name that begins with ${PREFIX}`,
        );
      return { name: stored.slice(PREFIX.length), shape: file.shapeOf(stored), data };
    });
    checkFactors(path, tensors, rank);
    return { lora: { rank, alpha, targetModules }, ...(blocks.length > 0 && { blocks }), tensors };
  } finally {
    file.close();
  }
}

function checkFactors(path: string, tensors: readonly AdapterTensor[], rank: number): void {
  const names = new Set(tensors.map(({ name }) => name));
  for (const { name, shape } of tensors) {
    const matrix = FACTOR.exec(name)?.[1];
    if (matrix === undefined)
      throw new ModelFolderError(
        `${path}: tensor "${PREFIX}${name}" is no factor of a matrix of a block; only factors can be merged`,
      );
    const isFirst = name.endsWith('.lora_A.weight');
    const partner = `${matrix}.lora_${isFirst ? 'B' : 'A'}.weight`;
    if (!names.has(partner)) throw new ModelFolderError(`${path}: lacks tensor "${partner}"`);
    if (shape.length !== 2 || shape[isFirst ? 0 : 1] !== rank)
      throw new ModelFolderError(
        `${path}: tensor "${name}": expected rank ${rank}, found the shape [${shape.join(', ')}]`,
      );
  }
}
