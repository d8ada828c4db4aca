import { sizeOf } from '../../../engine/graph/program.js';
import type { Values } from '../../../engine/graph/program.js';
import { bloomShapes } from '../../../engine/model/bloom.js';
import { newBloomConfig } from '../../../engine/weights/bloom-config.js';
import type { BloomConfig } from '../../../engine/weights/bloom-config.js';
import { normal } from '../../../text/random.js';

export const sizeNames = ['S', 'M', 'L'] as const;
export type SizeName = (typeof sizeNames)[number];

const shapes: Record<
  SizeName,
  { vocabulary: number; hidden: number; layers: number; heads: number }
> = {
  S: { vocabulary: 4096, hidden: 128, layers: 4, heads: 4 },
  M: { vocabulary: 8192, hidden: 384, layers: 8, heads: 6 },
  L: { vocabulary: 32_768, hidden: 1024, layers: 12, heads: 16 },
};

/** The same models as `SIZES` in test/bench/pytorch/side.py. */
export function sizeConfig(size: SizeName): BloomConfig {
  const { vocabulary, hidden, layers, heads } = shapes[size];
  return newBloomConfig({
    vocab_size: vocabulary,
    hidden_size: hidden,
    n_layer: layers,
    n_head: heads,
  });
}

const NOISE = 65_521;

/** Weights as transformers starts them: normal with standard deviation 0.02, norms 1, biases 0; repeats a table of noise. */
export function startWeights(config: BloomConfig): Values {
  const noise = Float32Array.from({ length: NOISE }, (_, index) => 0.02 * normal(1, index));
  return Object.fromEntries(
    Object.entries(bloomShapes(config)).map(([name, shape], place) => {
      const values = new Float32Array(sizeOf(shape));
      if (shape.length === 1) values.fill(name.endsWith('.bias') ? 0 : 1);
      else
        for (let index = 0; index < values.length; index += 1)
          values[index] = noise[(index + place * 7919) % NOISE]!;
      return [name, values];
    }),
  );
}
