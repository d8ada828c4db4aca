/**
 * Operations of engine/kernels, in CPU graphs only. One row of the batch stands in each column, so that a vector
 * register holds the same feature of 4 to 16 rows, and a weight is read once for all of them.
 */
import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';
import { nodeBackend } from './binding.js';
import { execute } from './execute.js';

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
