import { tf, type Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { sizeOf, type Values } from '../graph/program.js';
import { normal, Stream } from '../../text/random.js';
import type { Weights } from './lora.js';

/**
 * Weights of the value head, an MLP hidden -> 2 hidden -> ReLU -> 1.
 *
 * Source: the released code (`modeling_ppo.py`, trlx `make_head`).
 */
export function valueHeadShapes(config: BloomConfig): Record<string, number[]> {
  const hidden = config.hidden_size;
  return {
    'value.dense.weight': [2 * hidden, hidden],
    'value.dense.bias': [2 * hidden],
    'value.out.weight': [1, 2 * hidden],
    'value.out.bias': [1],
  };
}

/** First weights of the value head: a small random layer under a zero output, so that all values start at 0. */
export function firstValueHead(config: BloomConfig, seed: number): Values {
  const values: Values = {};
  for (const [name, shape] of Object.entries(valueHeadShapes(config))) {
    const size = sizeOf(shape);
    const scale = name === 'value.dense.weight' ? 1 / Math.sqrt(config.hidden_size) : 0;
    values[name] = Float32Array.from(
      { length: size },
      (_, index) => scale * normal(seed, Stream.valueHead, index),
    );
  }
  return values;
}

/** Value of each state. Shapes: hidden [n, hidden]; returns [n]. */
export function valueHead(weights: Weights, hidden: Tensor): Tensor {
  const inner = tf
    .matMul(hidden, weights('value.dense.weight'), false, true)
    .add(weights('value.dense.bias'))
    .relu();
  return tf
    .matMul(inner, weights('value.out.weight'), false, true)
    .add(weights('value.out.bias'))
    .reshape([-1]);
}

/** `BloomForSequenceClassification`'s head has one weight and no bias. */
export function rewardHeadShapes(config: BloomConfig): Record<string, number[]> {
  return { 'score.weight': [1, config.hidden_size] };
}

/**
 * One score a text, read at its last real token or as the mean over its tokens; 0 for a text without tokens.
 *
 * Shapes: hidden [batch * seq, hidden], mask [batch, seq]; returns [batch].
 * Source: transformers `BloomForSequenceClassification` for `last`; `mean` is ours.
 */
export function rewardHead(
  weights: Weights,
  hidden: Tensor,
  options: { mask: Tensor; pooling: 'last' | 'mean' },
): Tensor {
  const { mask } = options;
  const scores = tf.matMul(hidden, weights('score.weight'), false, true).reshape(mask.shape);
  if (options.pooling === 'mean')
    return scores
      .mul(mask)
      .sum(-1)
      .div(tf.maximum(mask.sum(-1), 1));
  return scores.mul(lastRealToken(mask)).sum(-1);
}

/** 1 at each row's last real token, else 0, whichever side the padding is on. Shapes: mask [batch, seq]. */
export function lastRealToken(mask: Tensor): Tensor {
  const seen = tf.cumsum(mask, -1);
  return tf.cast(tf.equal(seen, mask.sum(-1, true)), 'float32').mul(mask);
}
