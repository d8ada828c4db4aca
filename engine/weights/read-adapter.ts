import { join } from 'node:path';
import { z } from 'zod';
import type { LoraSettings } from '../../recipe/sections/optimiser.js';
import { loraTargets } from '../../recipe/sections/optimiser.js';
import { CONFIG_FILE, FACTOR, PREFIX, WEIGHTS_FILE } from './adapter-folder.js';
import type { AdapterTensor } from './adapter-folder.js';
import { ModelFolderError, readJson } from './bloom-config.js';
import { mergeLora } from './merge-lora.js';
import { openSafetensors } from './safetensors.js';

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
  const parsed = configSchema.safeParse(readJson(configPath));
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

/** A weight with the addition that a fitting adapter has for it, or the weight itself where it has none. */
export function mergedWeight(adapter: Adapter, name: string, weight: Float32Array): Float32Array {
  const matrix = name.replace(/\.weight$/, '');
  const factor = (kind: 'A' | 'B'): Float32Array | undefined =>
    adapter.tensors.find((tensor) => tensor.name === `${matrix}.lora_${kind}.weight`)?.data;
  const [a, b] = [factor('A'), factor('B')];
  if (!a || !b) return weight;
  const { rank, alpha } = adapter.lora;
  return mergeLora(weight, { a, b, rank, scale: alpha / rank });
}
