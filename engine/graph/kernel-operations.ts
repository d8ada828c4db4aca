/**
 * The operations of engine/kernels, in graphs for the CPU only: functions of `operations.ts` with their gradients, in one
 * pass each where plain operations take many, and operations on columns, for decoding.
 *
 * On columns, one row of the batch stands in each column, so that a vector register holds the same feature of 4 to 16
 * rows, and a weight is read once for all of them.
 */
import { tf, type Tensor } from '../tensor.js';
import { execute, nodeBackend, withGradient, type OperationAttribute } from './binding.js';

const floatAttribute = (name: string, value: number): OperationAttribute => ({
  name,
  type: nodeBackend().binding.TF_ATTR_FLOAT,
  value,
});

/** See `gelu` of operations.ts. */
export function geluByKernel(x: Tensor): Tensor {
  return withGradient([x], (values) => ({
    value: execute('BurnishGelu', [], [values])[0]!,
    saved: [values],
    gradient: (dy, saved) => execute('BurnishGeluGradient', [], [dy, ...saved])[0]!,
  }));
}

/** See `layerNorm` of operations.ts. */
export function layerNormByKernel(
  x: Tensor,
  parameters: { weight: Tensor; bias: Tensor; epsilon: number },
): Tensor {
  const attribute = floatAttribute('epsilon', parameters.epsilon);
  return withGradient([x, parameters.weight, parameters.bias], (values, weight, bias) => {
    const [y, mean, inverse] = execute('BurnishLayerNorm', [attribute], [values, weight, bias]);
    return {
      value: y!,
      saved: [values, weight, mean!, inverse!],
      gradient: (dy, saved) => execute('BurnishLayerNormGradient', [], [dy, ...saved]),
    };
  });
}

/** See `sparseCrossEntropy` of operations.ts. */
export function crossEntropyByKernel(logits: Tensor, labels: Tensor): Tensor {
  return withGradient([logits], (values) => {
    const [losses, whole] = execute('BurnishCrossEntropy', [], [values, labels]);
    return {
      value: losses!,
      saved: [values, labels, whole!],
      gradient: (dy, saved) => execute('BurnishCrossEntropyGradient', [], [dy, ...saved])[0]!,
    };
  });
}

/** See `attentionSoftmax` of operations.ts. */
export function attentionSoftmaxByKernel(scores: Tensor, bias: Tensor, scale: number): Tensor {
  const attributes = [floatAttribute('scale', scale)];
  return withGradient([scores], (values) => {
    const [masses] = execute('BurnishAttentionSoftmax', attributes, [values, bias]);
    return {
      value: masses!,
      saved: [masses!],
      gradient: (dy, saved) =>
        execute('BurnishAttentionSoftmaxGradient', attributes, [dy, ...saved])[0]!,
    };
  });
}

/**
 * W x + b + added, then GELU where asked.
 *
 * Shapes: weight [outputs, inputs], x [inputs, columns], bias [outputs], added [outputs, columns]; returns as `added`.
 * `columns` is a multiple of 4. Each sum runs over the inputs in order, so a column depends on no other column.
 */
export function linearColumns(
  weight: Tensor,
  x: Tensor,
  options: { bias?: Tensor; added?: Tensor; gelu?: boolean } = {},
): Tensor {
  const { bias, added, gelu = false } = options;
  const none = (): Tensor => tf.tensor([], [0]);
  const flag = { name: 'gelu', type: nodeBackend().binding.TF_ATTR_BOOL, value: gelu };
  const inputs = [weight, x, bias ?? none(), added ?? none()];
  return execute('BurnishLinearColumns', [flag], inputs)[0]!;
}

/** Layer normalisation of each column. Shapes: x [features, columns], weight and bias [features]; returns as x. */
export function normColumns(
  x: Tensor,
  parameters: { weight: Tensor; bias: Tensor; epsilon: number },
): Tensor {
  const { weight, bias, epsilon } = parameters;
  return execute('BurnishNormColumns', [floatAttribute('epsilon', epsilon)], [x, weight, bias])[0]!;
}
