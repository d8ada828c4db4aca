import { sizeOf, type Values } from '../graph/program.js';
import { normal, Stream } from '../../text/random.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { bloomShapes } from './bloom.js';

const EMBEDDING_STD = 0.02;
const MATRIX_STD = 0.03;
const QUERY_KEY_SCALE = 0.7;
const VALUE_OUTPUT_PRODUCT = 0.5;

/** Matrix of normal numbers, row-major; a pure function of the keys. */
function normalMatrix(
  rows: number,
  columns: number,
  options: { std: number; keys: readonly number[] },
): Float32Array {
  return Float32Array.from(
    { length: rows * columns },
    (_, index) => options.std * normal(...options.keys, index),
  );
}

/** An orthogonal matrix from normal numbers by Gram and Schmidt, row-major. */
function orthogonalMatrix(size: number, keys: readonly number[]): Float32Array {
  const matrix = normalMatrix(size, size, { std: 1, keys });
  for (let row = 0; row < size; row += 1) {
    const current = matrix.subarray(row * size, (row + 1) * size);
    for (let other = 0; other < row; other += 1) {
      const base = matrix.subarray(other * size, (other + 1) * size);
      const dot = current.reduce((sum, value, index) => sum + value * base[index]!, 0);
      for (let index = 0; index < size; index += 1) current[index]! -= dot * base[index]!;
    }
    const length = Math.hypot(...current);
    for (let index = 0; index < size; index += 1) current[index]! /= length;
  }
  return matrix;
}

/**
 * First weights that let a small model learn to copy within minutes ("mimetic" initialisation).
 *
 * In every layer but the first, queries and keys share one random matrix; in all layers the value and output matrices
 * multiply to half the identity. Other matrices: std 0.03 (the MLP's output divided by sqrt(2 layers)), embedding 0.02.
 * Source: Trockman and Kolter 2023, arXiv:2305.09828; scales ours.
 */
export function initialWeights(config: BloomConfig, seed: number): Values {
  const { hidden_size: hidden, n_layer: layers } = config;
  const shapes = bloomShapes(config);
  const weights: Values = {};
  for (const [place, [name, shape]] of Object.entries(shapes).entries()) {
    const size = sizeOf(shape);
    if (name.endsWith('.bias')) weights[name] = new Float32Array(size);
    else if (shape.length === 1) weights[name] = new Float32Array(size).fill(1);
    else {
      const std = name.includes('embeddings')
        ? EMBEDDING_STD
        : name.includes('4h_to_h')
          ? MATRIX_STD / Math.sqrt(2 * layers)
          : MATRIX_STD;
      weights[name] = normalMatrix(shape[0]!, shape[1]!, { std, keys: [seed, place] });
    }
  }
  for (let layer = 0; layer < layers; layer += 1)
    setAttention(weights, config, { layer, keys: [seed, Stream.attention + layer] });
  return weights;

  function setAttention(
    all: Values,
    model: BloomConfig,
    options: { layer: number; keys: number[] },
  ): void {
    const prefix = `transformer.h.${options.layer}.self_attention`;
    const fused = all[`${prefix}.query_key_value.weight`]!;
    const shared = normalMatrix(hidden, hidden, {
      std: QUERY_KEY_SCALE / Math.sqrt(hidden),
      keys: [...options.keys, 1],
    });
    const value = orthogonalMatrix(hidden, [...options.keys, 2]).map(
      (entry) => entry * Math.sqrt(VALUE_OUTPUT_PRODUCT),
    );
    const headDim = hidden / model.n_head;
    for (let row = 0; row < hidden; row += 1) {
      const head = Math.floor(row / headDim);
      const place = (part: number): number =>
        (head * 3 * headDim + part * headDim + (row % headDim)) * hidden;
      const slice = (matrix: Float32Array): Float32Array =>
        matrix.subarray(row * hidden, (row + 1) * hidden);
      if (options.layer > 0) {
        fused.set(slice(shared), place(0));
        fused.set(slice(shared), place(1));
      }
      fused.set(slice(value), place(2));
    }
    const dense = all[`${prefix}.dense.weight`]!;
    for (let row = 0; row < hidden; row += 1)
      for (let column = 0; column < hidden; column += 1)
        dense[row * hidden + column] = value[column * hidden + row]!;
  }
}
