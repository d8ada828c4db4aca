import type { Tensor } from '../tensor.js';
import { nodeBackend } from './binding.js';
import type { OperationAttribute } from './binding.js';

/** How many outputs the operations have that have more than one. */
const OUTPUT_COUNTS: Record<string, number> = {
  SparseSoftmaxCrossEntropyWithLogits: 2,
  BurnishLayerNorm: 3,
  BurnishLayerNormGradient: 3,
  BurnishCrossEntropy: 2,
};

/** Runs an operation of TensorFlow by its name; returns its outputs. */
export function execute(op: string, attributes: OperationAttribute[], inputs: Tensor[]): Tensor[] {
  return nodeBackend().executeMultipleOutputs(op, attributes, inputs, OUTPUT_COUNTS[op] ?? 1);
}
