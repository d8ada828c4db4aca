import type { LoraSettings } from '../../recipe/sections/optimiser.js';
import { Stream, uniform } from '../../text/random.js';
import type { Values } from '../graph/program.js';
import { tf, type Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';

/** Looks up a weight by its name in the published checkpoint. */
export interface Weights {
  (name: string): Tensor;
  /** Names that gradients are taken for; absent outside training. */
  readonly trained?: readonly string[];
  /** Scale of the low-rank addition to a matrix, undefined for one without adapter; absent when adapters are off. */
  readonly adapterScale?: (matrix: string) => number | undefined;
}

const PLACES: Record<LoraSettings['targetModules'][number], string> = {
  query_key_value: 'self_attention.query_key_value',
  dense: 'self_attention.dense',
  dense_h_to_4h: 'mlp.dense_h_to_4h',
  dense_4h_to_h: 'mlp.dense_4h_to_h',
};

/** Variable of A, [rank, input]. */
export const firstFactor = (matrix: string): string => `${matrix}.lora_A.weight`;
/** Variable of B, [output, rank]. */
export const secondFactor = (matrix: string): string => `${matrix}.lora_B.weight`;

/** Names and shapes of the factors, A [rank, input] and B [output, rank] of each adapted matrix, from a block on. */
export function loraShapes(
  config: BloomConfig,
  lora: LoraSettings,
  options: { shapes: Record<string, number[]>; firstBlock: number },
): Record<string, number[]> {
  const result: Record<string, number[]> = {};
  for (let block = options.firstBlock; block < config.n_layer; block += 1) {
    for (const target of lora.targetModules) {
      const matrix = `transformer.h.${block}.${PLACES[target]}`;
      const [output, input] = options.shapes[`${matrix}.weight`] as [number, number];
      result[firstFactor(matrix)] = [lora.rank, input];
      result[secondFactor(matrix)] = [output, lora.rank];
    }
  }
  return result;
}

/**
 * First factors: A uniform in ±1/sqrt(input), B zero, so that the model starts as its base.
 *
 * Source: PEFT `reset_lora_parameters` (Kaiming uniform with a = sqrt(5)).
 */
export function firstLora(shapes: Record<string, number[]>, seed: number): Values {
  const values: Values = {};
  for (const [place, [name, shape]] of Object.entries(shapes).entries()) {
    if (!/\.lora_[AB]\.weight$/.test(name)) continue;
    const [rows, columns] = shape as [number, number];
    const bound = name.endsWith('.lora_A.weight') ? 1 / Math.sqrt(columns) : 0;
    values[name] = Float32Array.from(
      { length: rows * columns },
      (_, index) => bound * (2 * uniform(seed, Stream.lora, place, index) - 1),
    );
  }
  return values;
}

/** y + scale (x A^T) B^T for a matrix with an adapter that is on, else y. Shapes: x [n, input], y [n, output]. */
export function addLowRank(
  weights: Weights,
  matrix: string,
  { x, y }: { x: Tensor; y: Tensor },
): Tensor {
  const scale = weights.adapterScale?.(matrix);
  if (scale === undefined) return y;
  const inner = tf.matMul(x, weights(firstFactor(matrix)), false, true);
  const outer = tf.matMul(inner, weights(secondFactor(matrix)), false, true);
  return y.add(outer.mul(scale));
}
