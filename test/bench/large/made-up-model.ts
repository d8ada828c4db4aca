import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sizeOf } from '../../../engine/graph/program.js';
import { bloomShapes } from '../../../engine/model/bloom.js';
import { newBloomConfig, writeBloomConfig } from '../../../engine/weights/bloom-config.js';
import type { BloomConfig } from '../../../engine/weights/bloom-config.js';
import { writeSafetensors } from '../../../engine/weights/safetensors.js';
import { normal } from '../../../text/random.js';

const shape = (hidden: number): BloomConfig =>
  newBloomConfig({ vocab_size: 250_880, hidden_size: hidden, n_layer: 24, n_head: 16 });

/** The shapes of bigscience/bloom-560m and bloom-1b1. */
export const largeConfigs: Record<string, BloomConfig> = {
  '560m': shape(1024),
  '1b1': shape(1536),
};

const SHARD_TENSORS = 100;

/** Writes a BLOOM folder with random weights, bfloat16 in several shards, unless it is there; one tensor in memory at a time. */
export function writeLargeModel(folder: string, config: BloomConfig): void {
  const index = join(folder, 'model.safetensors.index.json');
  if (existsSync(index)) return;
  mkdirSync(folder, { recursive: true });
  const block = Float32Array.from({ length: 1 << 20 }, (_, place) => 0.02 * normal(1, place));
  const draw = (size: number): Float32Array => {
    const values = new Float32Array(size);
    for (let at = 0; at < size; at += block.length)
      values.set(block.subarray(0, Math.min(block.length, size - at)), at);
    return values;
  };
  const entries = Object.entries(bloomShapes(config));
  const shardCount = Math.ceil(entries.length / SHARD_TENSORS);
  const weightMap: Record<string, string> = {};
  for (let shard = 0; shard < shardCount; shard += 1) {
    const file = `model-${String(shard + 1).padStart(5, '0')}-of-${String(shardCount).padStart(5, '0')}.safetensors`;
    const part = entries.slice(shard * SHARD_TENSORS, (shard + 1) * SHARD_TENSORS);
    for (const [name] of part) weightMap[name] = file;
    writeSafetensors(
      join(folder, file),
      part.map(([name, size]) => ({
        name,
        shape: size,
        dtype: 'BF16',
        data: () => {
          const count = sizeOf(size);
          if (name.endsWith('bias')) return new Float32Array(count);
          return size.length === 1 ? new Float32Array(count).fill(1) : draw(count);
        },
      })),
      { metadata: { format: 'pt' } },
    );
  }
  writeBloomConfig(folder, config, 'BloomForCausalLM');
  writeFileSync(index, JSON.stringify({ metadata: {}, weight_map: weightMap }));
}
