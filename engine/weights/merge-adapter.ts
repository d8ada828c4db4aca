import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE, PREFIX, WEIGHTS_FILE } from './adapter-folder.js';
import { ModelFolderError, readBloomConfig } from './bloom-config.js';
import { openModelWeights, writeModelWeights } from './model-folder.js';
import type { StoredWeights } from './model-folder.js';
import { mergedWeight, readAdapter } from './read-adapter.js';
import type { Adapter } from './read-adapter.js';

/** A matrix of a block: its name without `.weight`, the block, and what PEFT calls it. */
const MATRIX = /^(transformer\.h\.(\d+)\.\w+\.(\w+))\.weight$/;

/**
 * Writes a base model with a PEFT adapter merged into it, in float32, with the base's other files.
 *
 * @throws ModelFolderError or SafetensorsError if either is damaged, or they do not belong together.
 */
export function mergeAdapter(folders: { base: string; adapter: string; result: string }): void {
  const { base, result } = folders;
  const adapter = readAdapter(folders.adapter);
  mkdirSync(result, { recursive: true });
  const { tensors, close } = openModelWeights(base);
  try {
    assertFits(adapter, tensors, folders);
    const merged = tensors.map(({ name, shape, read }) => ({
      name,
      shape,
      data: () => mergedWeight(adapter, name, read()),
    }));
    writeModelWeights(result, merged, 'F32');
  } finally {
    close();
  }
  for (const file of readdirSync(base, { withFileTypes: true }))
    if (file.isFile() && !/\.safetensors(\.index\.json)?$|\.bin$/.test(file.name))
      copyFileSync(join(base, file.name), join(result, file.name));
}

/** Ensures that an adapter has two factors of the right shapes for each matrix that it is to change, and nothing else. */
function assertFits(
  adapter: Adapter,
  tensors: readonly StoredWeights[],
  folders: { base: string; adapter: string },
): void {
  const path = join(folders.adapter, WEIGHTS_FILE);
  const { rank, targetModules } = adapter.lora;
  const blockCount = readBloomConfig(folders.base).n_layer;
  const wanted = new Map<string, number[]>();
  for (const { name, shape } of tensors) {
    const [, matrix = '', block, target] = MATRIX.exec(name) ?? [];
    if (!targetModules.some((module) => module === target)) continue;
    if (Number(block) >= blockCount) continue;
    if (adapter.blocks && !adapter.blocks.includes(Number(block))) continue;
    const [output = 0, input = 0] = shape;
    wanted.set(`${matrix}.lora_A.weight`, [rank, input]);
    wanted.set(`${matrix}.lora_B.weight`, [output, rank]);
  }
  const where = `${targetModules.join(', ')} in ${adapter.blocks ? `blocks ${adapter.blocks.join(', ')}` : 'all blocks'} of ${folders.base}`;
  for (const { name, shape } of adapter.tensors) {
    const expected = wanted.get(name);
    if (!expected)
      throw new ModelFolderError(
        `${path}: tensor "${PREFIX}${name}": expected factors of ${where} alone, as ${CONFIG_FILE} has it`,
      );
    if (shape.join() !== expected.join())
      throw new ModelFolderError(
        `${path}: tensor "${PREFIX}${name}": expected the shape [${expected.join(', ')}], found [${shape.join(', ')}]; it belongs to another model`,
      );
    wanted.delete(name);
  }
  const [missing] = wanted.keys();
  if (missing !== undefined)
    throw new ModelFolderError(
      `${path}: lacks tensor "${PREFIX}${missing}"; expected factors of ${where}, as ${CONFIG_FILE} has it`,
    );
}
