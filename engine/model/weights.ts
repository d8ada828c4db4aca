import type { Tensor } from '../tensor.js';

/** Looks up a weight by its name in the published checkpoint. */
export interface Weights {
  (name: string): Tensor;
  /** Names that gradients are taken for; absent outside training. */
  readonly trained?: readonly string[];
  /** Scale of the low-rank addition to a matrix, undefined for one without adapter; absent when adapters are off. */
  readonly adapterScale?: (matrix: string) => number | undefined;
}
