import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';
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
import { slotCount, stateNames } from './decoding-state.js';
import type { DecodeCall, Decoder } from './decoding-state.js';
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
