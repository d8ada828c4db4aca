import { attentionSoftmax, gatherRows, gelu, layerNorm } from '../graph/operations.js';
import { tf, type Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { alibiSlopes, attentionBias, keyPositions } from './alibi.js';
import { addLowRank, type Weights } from './lora.js';
import { recomputed } from './recompute.js';

/** Names and shapes of BLOOM's weights, in the checkpoint's order. */
export function bloomShapes(config: BloomConfig): Record<string, number[]> {
  const { vocab_size: vocab, hidden_size: hidden } = config;
  const norm = (name: string): [string, number[]][] => [
    [`${name}.weight`, [hidden]],
    [`${name}.bias`, [hidden]],
  ];
  const linear = (name: string, output: number, input: number): [string, number[]][] => [
    [`${name}.weight`, [output, input]],
    [`${name}.bias`, [output]],
  ];
  const layer = (index: number): [string, number[]][] => {
    const h = `transformer.h.${index}`;
    return [
      ...norm(`${h}.input_layernorm`),
      ...linear(`${h}.self_attention.query_key_value`, 3 * hidden, hidden),
      ...linear(`${h}.self_attention.dense`, hidden, hidden),
      ...norm(`${h}.post_attention_layernorm`),
      ...linear(`${h}.mlp.dense_h_to_4h`, 4 * hidden, hidden),
      ...linear(`${h}.mlp.dense_4h_to_h`, hidden, 4 * hidden),
    ];
  };
  return Object.fromEntries([
    ['transformer.word_embeddings.weight', [vocab, hidden]],
    ...norm('transformer.word_embeddings_layernorm'),
    ...Array.from({ length: config.n_layer }, (_, index) => layer(index)).flat(),
    ...norm('transformer.ln_f'),
  ]);
}

/**
 * y = x W^T + b, and what the matrix's adapter adds when it has one.
 *
 * Shapes: x [n, input], weight [output, input]; returns [n, output].
 */
export function linear(weights: Weights, name: string, x: Tensor): Tensor {
  const y = tf.matMul(x, weights(`${name}.weight`), false, true).add(weights(`${name}.bias`));
  return addLowRank(weights, name, { x, y });
}

/** LayerNorm by its weights' name. Shapes: x [n, hidden]; returns as x. */
export function norm(
  weights: Weights,
  name: string,
  options: { x: Tensor; epsilon: number },
): Tensor {
  return layerNorm(options.x, {
    weight: weights(`${name}.weight`),
    bias: weights(`${name}.bias`),
    epsilon: options.epsilon,
  });
}

/** Embedding of token ids. Shapes: ids int32 [n]; returns [n, hidden]. */
export function embed(weights: Weights, ids: Tensor, config: BloomConfig): Tensor {
  const x = gatherRows(weights('transformer.word_embeddings.weight'), ids);
  return norm(weights, 'transformer.word_embeddings_layernorm', {
    x,
    epsilon: config.layer_norm_epsilon,
  });
}

/** Queries, keys and values of one layer, each [batch * heads, seq, headDim]. */
export interface Heads {
  query: Tensor;
  key: Tensor;
  value: Tensor;
}

/** Splits BLOOM's fused projection, whose rows lie as [heads, 3, headDim]. Shapes: x [batch * seq, hidden]. */
export function projectHeads(
  weights: Weights,
  layer: string,
  options: { x: Tensor; batch: number; config: BloomConfig },
): Heads {
  const { batch, config } = options;
  const headDim = config.hidden_size / config.n_head;
  const fused = linear(weights, `${layer}.self_attention.query_key_value`, options.x);
  const parts = fused
    .reshape([batch, -1, config.n_head, 3, headDim]) // [batch, seq, heads, 3, headDim]
    .transpose([3, 0, 2, 1, 4]) // [3, batch, heads, seq, headDim]
    .reshape([3, batch * config.n_head, -1, headDim]);
  const [query, key, value] = tf.unstack(parts, 0);
  return { query: query!, key: key!, value: value! };
}

/**
 * Softmax attention. Shapes: query [batch * heads, queries, headDim], key and value [batch * heads, keys, headDim],
 * bias [batch * heads, 1 or queries, keys]; returns [batch * heads, queries, headDim].
 */
export function attend(heads: Heads, bias: Tensor): Tensor {
  const headDim = heads.query.shape.at(-1)!;
  const scores: Tensor = tf.matMul(heads.query, heads.key, false, true);
  return tf.matMul(attentionSoftmax(scores, bias, 1 / Math.sqrt(headDim)), heads.value);
}

/** [batch * heads, seq, headDim] back to [batch * seq, hidden]. */
export function mergeHeads(context: Tensor, batch: number, config: BloomConfig): Tensor {
  const headDim = config.hidden_size / config.n_head;
  return context
    .reshape([batch, config.n_head, -1, headDim])
    .transpose([0, 2, 1, 3])
    .reshape([-1, config.hidden_size]);
}

/** One block; `context` gives the attention's result for the normed input. Shapes: x [n, hidden]. */
export function block(
  weights: Weights,
  layer: string,
  options: { x: Tensor; config: BloomConfig; context: (normed: Tensor) => Tensor },
): Tensor {
  const { x, config } = options;
  const epsilon = config.layer_norm_epsilon;
  const normed = norm(weights, `${layer}.input_layernorm`, { x, epsilon });
  const attended = linear(weights, `${layer}.self_attention.dense`, options.context(normed)).add(x);
  const second = norm(weights, `${layer}.post_attention_layernorm`, { x: attended, epsilon });
  const inner = gelu(linear(weights, `${layer}.mlp.dense_h_to_4h`, second));
  return linear(weights, `${layer}.mlp.dense_4h_to_h`, inner).add(attended);
}

/** The last norm. Shapes: x [n, hidden]. */
export function finalNorm(weights: Weights, x: Tensor, config: BloomConfig): Tensor {
  return norm(weights, 'transformer.ln_f', { x, epsilon: config.layer_norm_epsilon });
}

/** A trunk that has been run up to a block. */
export interface TrunkState {
  /** Hidden states [batch * seq, hidden]. */
  x: Tensor;
  /** Attention bias [batch * heads, seq, seq]. */
  bias: Tensor;
  batch: number;
  /** Blocks done. */
  depth: number;
}

export interface TrunkInput {
  /** int32 [batch, seq] */
  ids: Tensor;
  /** float32, 1 = real token, [batch, seq] */
  mask: Tensor;
  /** The backward pass computes each block again instead of keeping its inner results. */
  recompute?: boolean | undefined;
}

/** The trunk before its first block. */
export function startTrunk(weights: Weights, config: BloomConfig, input: TrunkInput): TrunkState {
  const [batch = 1, seq = 1] = input.ids.shape;
  const bias = attentionBias(keyPositions(input.mask), input.mask, alibiSlopes(config.n_head));
  const x = embed(weights, input.ids.reshape([batch * seq]), config);
  return { x, bias, batch, depth: 0 };
}

/** Runs the blocks from the state's depth up to `until`. */
export function runBlocks(
  weights: Weights,
  config: BloomConfig,
  options: { state: TrunkState; until: number; recompute?: boolean | undefined },
): TrunkState {
  const { state, until } = options;
  const { batch, bias } = state;
  let { x } = state;
  for (let index = state.depth; index < until; index += 1) {
    const layer = `transformer.h.${index}`;
    const run = (read: Weights, input: Tensor, mask: Tensor): Tensor => {
      const context = (normed: Tensor): Tensor =>
        mergeHeads(
          attend(projectHeads(read, layer, { x: normed, batch, config }), mask),
          batch,
          config,
        );
      return block(read, layer, { x: input, config, context });
    };
    x = options.recompute
      ? recomputed(run, { x, bias }, { weights, prefix: `${layer}.` })
      : run(weights, x, bias);
  }
  return { ...state, x, depth: until };
}

/**
 * Hidden states of BLOOM's trunk after its last norm.
 *
 * Returns [batch * seq, hidden]. Padding may stand on either side; hidden states at padding mean nothing.
 * Source: transformers `BloomModel.forward`.
 */
export function bloomTrunk(weights: Weights, config: BloomConfig, input: TrunkInput): Tensor {
  const state = startTrunk(weights, config, input);
  const { x } = runBlocks(weights, config, {
    state,
    until: config.n_layer,
    recompute: input.recompute,
  });
  return finalNorm(weights, x, config);
}

/** Next-token logits by the tied embedding. Shapes: hidden [n, hidden]; returns [n, vocab]. */
export function languageHead(weights: Weights, hidden: Tensor): Tensor {
  return tf.matMul(hidden, weights('transformer.word_embeddings.weight'), false, true);
}
