/**
 * The operations of engine/kernels, in graphs for the CPU only: functions of `operations.ts` with their gradients, in one
 * pass each where plain operations take many, and operations on columns, for decoding.
 *
 * On columns, one row of the batch stands in each column, so that a vector register holds the same feature of 4 to 16
 * rows, and a weight is read once for all of them.
 */
import { tf, type Tensor } from '../tensor.js';
import { execute, nodeBackend } from './binding.js';

type Saver = (tensors: Tensor[]) => void;

/** See `gelu` of operations.ts. */
export function geluByKernel(x: Tensor): Tensor {
  const activate = tf.customGrad((...inputs: unknown[]) => {
    const [values, save] = inputs as [Tensor, Saver];
    save([values]);
    return {
      value: execute('BurnishGelu', [], [values])[0]!,
      gradFunc: (dy: Tensor, [saved]: Tensor[]) =>
        execute('BurnishGeluGradient', [], [dy, saved!])[0]!,
    };
  });
  return activate(x);
}

/** See `layerNorm` of operations.ts. */
export function layerNormByKernel(
  x: Tensor,
  parameters: { weight: Tensor; bias: Tensor; epsilon: number },
): Tensor {
  const { weight, bias, epsilon } = parameters;
  const attribute = { name: 'epsilon', type: nodeBackend().binding.TF_ATTR_FLOAT, value: epsilon };
  const normalise = tf.customGrad((...inputs: unknown[]) => {
    const [values, scale, shift, save] = inputs as [Tensor, Tensor, Tensor, Saver];
    const [y, mean, inverse] = execute('BurnishLayerNorm', [attribute], [values, scale, shift]);
    save([values, scale, mean!, inverse!]);
    return {
      value: y!,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        execute('BurnishLayerNormGradient', [], [dy, ...saved]),
    };
  });
  return normalise(x, weight, bias);
}

/** See `sparseCrossEntropy` of operations.ts. */
export function crossEntropyByKernel(logits: Tensor, labels: Tensor): Tensor {
  const loss = tf.customGrad((...inputs: unknown[]) => {
    const [values, save] = inputs as [Tensor, Saver];
    const [losses, whole] = execute('BurnishCrossEntropy', [], [values, labels]);
    save([values, labels, whole!]);
    return {
      value: losses!,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        execute('BurnishCrossEntropyGradient', [], [dy, ...saved])[0]!,
    };
  });
  return loss(logits);
}

/** See `attentionSoftmax` of operations.ts. */
export function attentionSoftmaxByKernel(scores: Tensor, bias: Tensor, scale: number): Tensor {
  const attribute = { name: 'scale', type: nodeBackend().binding.TF_ATTR_FLOAT, value: scale };
  const soften = tf.customGrad((...inputs: unknown[]) => {
    const [values, save] = inputs as [Tensor, Saver];
    const [masses] = execute('BurnishAttentionSoftmax', [attribute], [values, bias]);
    save([masses!]);
    return {
      value: masses!,
      gradFunc: (dy: Tensor, saved: Tensor[]) =>
        execute('BurnishAttentionSoftmaxGradient', [attribute], [dy, ...saved])[0]!,
    };
  });
  return soften(scores);
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
  const attribute = { name: 'epsilon', type: nodeBackend().binding.TF_ATTR_FLOAT, value: epsilon };
  return execute('BurnishNormColumns', [attribute], [x, weight, bias])[0]!;
}
