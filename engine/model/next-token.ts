import { nodeBackend } from '../graph/binding.js';
import { linearColumns, normColumns } from '../graph/kernel-operations.js';
import { gatherRows } from '../graph/operations.js';
import type { Scope } from '../graph/program.js';
import { tf, type Tensor } from '../tensor.js';
import { MASKED } from './alibi.js';
import {
  attend,
  block,
  embed,
  finalNorm,
  languageHead,
  mergeHeads,
  projectHeads,
} from './bloom.js';
import { firstFactor, secondFactor, type Weights } from './lora.js';
import {
  slotCount,
  stateNames,
  type DecodeCall,
  type Decoder,
  type DecodingShape,
} from './decoding-state.js';
import { penaliseRepeats, sampleTokens } from './sampling.js';

/** For each of `rows` rows the place (row, column), int32 [rows, 2]; column is a scalar. */
function places(rows: number, column: Tensor): Tensor {
  const numbers = tf.tensor1d(
    Array.from({ length: rows }, (_, row) => row),
    'int32',
  );
  return tf.stack([numbers, tf.zerosLike(numbers).add(column)], 1);
}

/**
 * The next token of each row, in plain operations: for devices that engine/kernels has none for.
 *
 * Shapes: returns int32 [level].
 */
export function nextByRows(
  { config, shape }: Decoder,
  level: number,
  { scope, weights, slot }: DecodeCall,
): Tensor {
  const names = stateNames(level);
  const place = places(level * config.n_head, slot);
  const slots = tf.tensor1d(
    Array.from({ length: slotCount(shape) }, (_, index) => index),
    'int32',
  );
  const future = tf.cast(tf.greater(slots, slot), 'float32').mul(MASKED);
  const bias = scope.variable(names.bias).add(future);
  const headDim = config.hidden_size / config.n_head;
  const token = scope.variable(names.token);
  let x = embed(weights, token, config);
  for (let layer = 0; layer < config.n_layer; layer += 1) {
    const name = `transformer.h.${layer}`;
    const context = (normed: Tensor): Tensor => {
      const heads = projectHeads(weights, name, { x: normed, batch: level, config });
      const store = (variable: string, fresh: Tensor): Tensor =>
        scope.updateRows(variable, place, fresh.reshape([-1, headDim]));
      const key = store(names.key(layer), heads.key);
      const value = store(names.value(layer), heads.value);
      return mergeHeads(attend({ query: heads.query, key, value }, bias), level, config);
    };
    x = block(weights, name, { x, config, context });
  }
  let logits = languageHead(weights, finalNorm(weights, x, config));
  if (shape.repetitionPenalty !== 1) {
    const seen = scope.updateRows(names.ids, places(level, slot), token);
    logits = penaliseRepeats(logits, seen, shape.repetitionPenalty);
  }
  const draw = { uniform: scope.feed('uniform'), temperature: scope.feed('temperature') };
  return sampleTokens(logits, draw, shape);
}

/** A matrix by its name, with its bias and its adapter when it has one; `options` as of `linearColumns`. */
function project(
  weights: Weights,
  name: string,
  options: { x: Tensor; added?: Tensor; gelu?: boolean },
): Tensor {
  const { x, added, gelu = false } = options;
  const parts = { bias: weights(`${name}.bias`), ...(added && { added }) };
  const scale = weights.adapterScale?.(name);
  if (scale === undefined) return linearColumns(weights(`${name}.weight`), x, { ...parts, gelu });
  const inner = linearColumns(weights(firstFactor(name)), x).mul(scale);
  return linearColumns(weights(secondFactor(name)), inner, {
    added: linearColumns(weights(`${name}.weight`), x, parts),
    gelu,
  });
}

/**
 * The next token of each row, by the operations of engine/kernels.
 *
 * Hidden states are [hidden, level] throughout, logits [vocab, level]. Shapes: returns int32 [level].
 */
export function nextByColumns(
  { config, shape }: Decoder,
  level: number,
  { scope, weights, slot }: DecodeCall,
): Tensor {
  const names = stateNames(level);
  const bias = scope.variable(names.bias);
  const norm = (name: string, x: Tensor): Tensor =>
    normColumns(x, {
      weight: weights(`${name}.weight`),
      bias: weights(`${name}.bias`),
      epsilon: config.layer_norm_epsilon,
    });
  const embedding = weights('transformer.word_embeddings.weight');
  const token = scope.variable(names.token);
  const embedded = gatherRows(embedding, token).transpose<Tensor>();
  let x = norm('transformer.word_embeddings_layernorm', embedded);
  for (let layer = 0; layer < config.n_layer; layer += 1) {
    const name = `transformer.h.${layer}`;
    const fused = project(weights, `${name}.self_attention.query_key_value`, {
      x: norm(`${name}.input_layernorm`, x),
    });
    const context = scope.changeVariables({
      op: 'BurnishCachedAttention',
      variables: [names.key(layer), names.value(layer)],
      inputs: [fused, bias, slot],
      attributes: [
        { name: 'heads', type: nodeBackend().binding.TF_ATTR_INT, value: config.n_head },
      ],
      output: { shape: [config.hidden_size, level], dtype: 'float32' },
    });
    const attended = project(weights, `${name}.self_attention.dense`, { x: context, added: x });
    const inner = project(weights, `${name}.mlp.dense_h_to_4h`, {
      x: norm(`${name}.post_attention_layernorm`, attended),
      gelu: true,
    });
    x = project(weights, `${name}.mlp.dense_4h_to_h`, { x: inner, added: attended });
  }
  const logits = linearColumns(embedding, norm('transformer.ln_f', x));
  return drawTokens(scope, { seen: names.ids, token, place: slot, logits }, shape);
}

/**
 * Draws one token a row as `penaliseRepeats` and `sampleTokens` do, from the feeds `uniform` and `temperature`.
 *
 * Shapes: `seen` names a variable int32 [rows, n], which gets `token` (int32 [rows]) at `place` (scalar) first; logits
 * [vocab, rows]; returns int32 [rows].
 */
export function drawTokens(
  scope: Scope,
  from: { seen: string; token: Tensor; place: Tensor; logits: Tensor },
  shape: Pick<DecodingShape, 'greedy' | 'topK' | 'topP' | 'repetitionPenalty'>,
): Tensor {
  const { TF_ATTR_BOOL, TF_ATTR_INT, TF_ATTR_FLOAT } = nodeBackend().binding;
  const { seen, token, place, logits } = from;
  return scope.changeVariables({
    op: 'BurnishDrawTokens',
    variables: [seen],
    inputs: [token, place, logits, scope.feed('uniform'), scope.feed('temperature')],
    attributes: [
      { name: 'greedy', type: TF_ATTR_BOOL, value: shape.greedy },
      { name: 'top_k', type: TF_ATTR_INT, value: shape.topK },
      { name: 'top_p', type: TF_ATTR_FLOAT, value: shape.topP },
      { name: 'penalty', type: TF_ATTR_FLOAT, value: shape.repetitionPenalty },
    ],
    output: { shape: token.shape, dtype: 'int32' },
  });
}
