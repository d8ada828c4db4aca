import { tf, type Tensor } from '../tensor.js';
import { DataType, execute, kernelsInUse, typeAttribute, withGradient } from './binding.js';
import {
  attentionSoftmaxByKernel,
  crossEntropyByKernel,
  geluByKernel,
  layerNormByKernel,
} from './kernel-operations.js';

/**
 * Rows of a table by their index, with the sum of their gradients as its gradient.
 *
 * Shapes: table [rows, width], indices int32 [n]; returns [n, width]. Unlike `tf.gather` it reads no index back.
 */
export function gatherRows(table: Tensor, indices: Tensor): Tensor {
  const rows = table.shape[0];
  const attributes = [
    typeAttribute('Tparams', DataType.float32),
    typeAttribute('Tindices', DataType.int32),
    typeAttribute('Taxis', DataType.int32),
  ];
  return withGradient([table], (values) => ({
    value: execute('GatherV2', attributes, [values, indices, tf.scalar(0, 'int32')])[0]!,
    saved: [indices],
    gradient: (dy, [saved]) => segmentSum(dy, saved!, rows),
  }));
}

function segmentSum(values: Tensor, segments: Tensor, count: number): Tensor {
  const attributes = [
    typeAttribute('T', DataType.float32),
    typeAttribute('Tindices', DataType.int32),
    typeAttribute('Tnumsegments', DataType.int32),
  ];
  return execute('UnsortedSegmentSum', attributes, [
    values,
    segments,
    tf.scalar(count, 'int32'),
  ])[0]!;
}

/**
 * Cross-entropy of each row, without a dense one-hot.
 *
 * Shapes: logits [n, vocab], labels int32 [n] in 0..vocab-1; returns [n]. Units: nats.
 */
export function sparseCrossEntropy(logits: Tensor, labels: Tensor): Tensor {
  if (kernelsInUse()) return crossEntropyByKernel(logits, labels);
  const attributes = [
    typeAttribute('T', DataType.float32),
    typeAttribute('Tlabels', DataType.int32),
  ];
  return withGradient([logits], (values) => {
    const op = 'SparseSoftmaxCrossEntropyWithLogits';
    const [losses, slope] = execute(op, attributes, [values, labels]);
    return {
      value: losses!,
      saved: [slope!],
      gradient: (dy, [saved]) => dy.expandDims(-1).mul(saved!),
    };
  });
}

/**
 * Layer normalisation over the last axis, with its gradient written out.
 *
 * Shapes: x [n, hidden], weight and bias [hidden]; returns [n, hidden]. Variance is the population's.
 * Source: Ba et al. 2016, arXiv:1607.06450.
 */
export function layerNorm(
  x: Tensor,
  parameters: { weight: Tensor; bias: Tensor; epsilon: number },
): Tensor {
  if (kernelsInUse()) return layerNormByKernel(x, parameters);
  return withGradient([x, parameters.weight, parameters.bias], (values, weight, bias) => {
    const centred = values.sub(values.mean(-1, true));
    const inverse = centred.square().mean(-1, true).add(parameters.epsilon).rsqrt();
    const normal = centred.mul(inverse);
    return {
      value: normal.mul(weight).add(bias),
      saved: [normal, inverse, weight],
      gradient: (dy, [savedNormal, savedInverse, savedWeight]) => {
        const inner = dy.mul(savedWeight!);
        const dx = inner
          .sub(inner.mean(-1, true))
          .sub(savedNormal!.mul(inner.mul(savedNormal!).mean(-1, true)))
          .mul(savedInverse!);
        return [dx, dy.mul(savedNormal!).sum(0), dy.sum(0)];
      },
    };
  });
}

/** sqrt(2 / pi) as BLOOM writes it. */
const GELU_SCALE = 0.79788456;

/**
 * GELU in the tanh form, with its gradient written out.
 *
 * Source: transformers `bloom_gelu_forward`, `bloom_gelu_back`.
 */
export function gelu(x: Tensor): Tensor {
  if (kernelsInUse()) return geluByKernel(x);
  return withGradient([x], (values) => {
    const inner = values.square().mul(0.044715).add(1).mul(values).mul(GELU_SCALE);
    const tanh = inner.tanh();
    return {
      value: tanh.add(1).mul(values).mul(0.5),
      saved: [values, tanh],
      gradient: (dy, [saved, savedTanh]) => {
        const slope = saved!
          .square()
          .mul(3 * 0.044715 * GELU_SCALE)
          .add(GELU_SCALE);
        const rise = tf.sub(1, savedTanh!.square()).mul(slope).mul(saved!);
        return dy.mul(rise.add(savedTanh!).add(1).mul(0.5));
      },
    };
  });
}

/**
 * softmax(scale scores + bias) over the last axis. Nothing flows back into the bias.
 *
 * Shapes: scores [heads, queries, keys], bias [heads, 1 or queries, keys]; returns as scores.
 */
export function attentionSoftmax(scores: Tensor, bias: Tensor, scale: number): Tensor {
  if (kernelsInUse()) return attentionSoftmaxByKernel(scores, bias, scale);
  return tf.softmax(scores.mul(scale).add(bias));
}

/** Index of the largest value on the last axis, int32. */
export function argMaxLast(x: Tensor): Tensor {
  const attributes = [
    typeAttribute('T', DataType.float32),
    typeAttribute('Tidx', DataType.int32),
    typeAttribute('output_type', DataType.int32),
  ];
  return execute('ArgMax', attributes, [x, tf.scalar(-1, 'int32')])[0]!;
}
