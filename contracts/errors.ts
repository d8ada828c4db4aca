/** Failures that trying again cannot mend. Each class's name is its failure type in `FailureType`. */

/** Providers failed on more rows than the recipe allows. */
export class RowLossExceededError extends Error {
  override readonly name = 'RowLossExceededError';
}
