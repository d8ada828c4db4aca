/** Functions of engine/graph/operations.ts by engine/kernels, with their gradients: one pass each where plain ones take many. */
import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';
import { nodeBackend } from './binding.js';
import { execute } from './execute.js';

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
