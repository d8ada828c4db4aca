import { gelu } from '../graph/operations.js';
import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { norm } from './bloom.js';
import type { Weights } from './bloom.js';

/** Keys and values that one query a row looks at, in parts that follow each other. */
export interface CachedHeads {
  /** [batch * heads, headDim, prompt] for the prompt, [batch * heads, slots, headDim] for the later parts. */
  keys: Tensor[];
  /** [batch * heads, slots, headDim] */
  values: Tensor[];
}

/** From this many rows on, W x^T takes a half to a third of the time of x W^T, which libtensorflow packs badly. */
const FEW_ROWS = 8;

/** y = x W^T + b for few rows. Shapes: x [n, input], weight [output, input]; returns [n, output]. */
export function linearRows(weights: Weights, name: string, x: Tensor): Tensor {
  return productRows(weights(`${name}.weight`), x).add(weights(`${name}.bias`));
}

/** x W^T for few rows. Shapes: weight [output, input], x [n, input]; returns [n, output]. */
export function productRows(weight: Tensor, x: Tensor): Tensor {
  return x.shape[0] < FEW_ROWS
    ? tf.matMul(x, weight, false, true)
    : tf.matMul(weight as never, x as never, false, true).transpose();
}

/** Up, GELU, down; with more than a few rows the inner values stay [inner, n], so that they are not transposed twice. */
function mlpRows(weights: Weights, layer: string, x: Tensor): Tensor {
  const [up, down] = [`${layer}.mlp.dense_h_to_4h`, `${layer}.mlp.dense_4h_to_h`];
  if (x.shape[0] < FEW_ROWS) return linearRows(weights, down, gelu(linearRows(weights, up, x)));
  const inner = tf
    .matMul(weights(`${up}.weight`) as never, x as never, false, true)
    .add(weights(`${up}.bias`).reshape([-1, 1]));
  return tf
    .matMul(weights(`${down}.weight`) as never, gelu(inner) as never)
    .transpose()
    .add(weights(`${down}.bias`));
}

/** One query a row over all parts. Shapes: query [batch * heads, 1, headDim], bias [batch * heads, 1, slots]; returns as query. */
function attendParts(query: Tensor, cached: CachedHeads, bias: Tensor): Tensor {
  const scaled = query.mul(1 / Math.sqrt(query.shape.at(-1)!));
  const scores = cached.keys.map((keys, part) =>
    tf.matMul(scaled as never, keys as never, false, part > 0),
  );
  const masses = tf.softmax(tf.concat(scores, 2).add(bias));
  const parts = tf.split(
    masses,
    cached.values.map((values) => values.shape[1]!),
    2,
  );
  return parts
    .map((part, index) => tf.matMul(part, cached.values[index]!))
    .reduce((sum, part) => sum.add(part));
}

/**
 * One block of BLOOM for one new token a row, over cached keys and values; `store` puts the new ones into the cache.
 *
 * Shapes: x [batch, hidden]; new keys and values [batch * heads, headDim]; bias [batch * heads, 1, slots]; returns as x.
 */
export function cachedBlock(
  weights: Weights,
  layer: string,
  options: {
    x: Tensor;
    bias: Tensor;
    config: BloomConfig;
    store: (key: Tensor, value: Tensor) => CachedHeads;
  },
): Tensor {
  const { x, config } = options;
  const batch = x.shape[0];
  const epsilon = config.layer_norm_epsilon;
  const headDim = config.hidden_size / config.n_head;
  const normed = norm(weights, `${layer}.input_layernorm`, { x, epsilon });
  const fused = linearRows(weights, `${layer}.self_attention.query_key_value`, normed);
  const [query, key, value] = tf.unstack(fused.reshape([batch * config.n_head, 3, headDim]), 1) as [
    Tensor,
    Tensor,
    Tensor,
  ];
  const context = attendParts(query.expandDims(1), options.store(key, value), options.bias);
  const attended = linearRows(
    weights,
    `${layer}.self_attention.dense`,
    context.reshape([batch, config.hidden_size]),
  ).add(x);
  const second = norm(weights, `${layer}.post_attention_layernorm`, { x: attended, epsilon });
  return mlpRows(weights, layer, second).add(attended);
}
