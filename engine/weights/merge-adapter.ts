import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { CONFIG_FILE, PREFIX, readAdapter, WEIGHTS_FILE, type Adapter } from './adapter-folder.js';
import { ModelFolderError, readBloomConfig } from './bloom-config.js';
import { openModelWeights, writeModelWeights, type StoredWeights } from './model-folder.js';

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

/** A weight with the addition that a fitting adapter has for it, or the weight itself where it has none. */
function mergedWeight(adapter: Adapter, name: string, weight: Float32Array): Float32Array {
  const matrix = name.replace(/\.weight$/, '');
  const factor = (kind: 'A' | 'B'): Float32Array | undefined =>
    adapter.tensors.find((tensor) => tensor.name === `${matrix}.lora_${kind}.weight`)?.data;
  const [a, b] = [factor('A'), factor('B')];
  if (!a || !b) return weight;
  const { rank, alpha } = adapter.lora;
  return mergeLora(weight, { a, b, rank, scale: alpha / rank });
}

/**
 * W + scale B A, computed in float64 and rounded once.
 *
 * Shapes: weight [output, input] row-major; returns a new array of its size.
 */
export function mergeLora(
  weight: Float32Array,
  factors: { a: Float32Array; b: Float32Array; rank: number; scale: number },
): Float32Array {
  const { a, b, rank, scale } = factors;
  const input = a.length / rank;
  const merged = new Float32Array(weight.length);
  const row = new Float64Array(input);
  for (let start = 0; start < weight.length; start += input) {
    row.fill(0);
    for (let r = 0; r < rank; r += 1) {
      const factor = scale * b[(start / input) * rank + r]!;
      for (let column = 0; column < input; column += 1)
        row[column]! += factor * a[r * input + column]!;
    }
    for (let column = 0; column < input; column += 1)
      merged[start + column] = weight[start + column]! + row[column]!;
  }
  return merged;
}
