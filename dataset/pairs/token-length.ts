import type { FilterThresholds } from '../../recipe/sections/collect.js';

/** How many tokens of the base model a text has. */
export type CountTokens = (text: string) => number;

/** True if the recipe limits the tokens of targets, so that a tokenizer must be loaded. */
export function limitsTokens({ minTargetTokens, maxTargetTokens }: FilterThresholds): boolean {
  return minTargetTokens !== null || maxTargetTokens !== null;
}

/**
 * Why a target is put aside for its length in tokens, or undefined.
 *
 * Source: the paper's released code drops targets under 25 BLOOM tokens when it loads them for training.
 * @throws Error if the recipe limits tokens and no counter is given.
 */
export function tokenLengthProblem(
  target: string,
  filters: FilterThresholds,
  countTokens: CountTokens | undefined,
): string | undefined {
  if (!limitsTokens(filters)) return undefined;
  if (countTokens === undefined) {
    throw new Error('The recipe limits the tokens of targets, and no tokenizer was given.');
  }
  const count = countTokens(target);
  const { minTargetTokens, maxTargetTokens } = filters;
  if (minTargetTokens !== null && count < minTargetTokens) {
    return `target has too few tokens: ${count}, at least ${minTargetTokens}`;
  }
  if (maxTargetTokens !== null && count > maxTargetTokens) {
    return `target has too many tokens: ${count}, at most ${maxTargetTokens}`;
  }
  return undefined;
}
