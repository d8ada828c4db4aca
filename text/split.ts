import { keyOf, randomBits } from './random.js';

/** Fixed, so that a row stays in its split whatever the recipe's seed; changing it would leak old test rows into training. */
const SPLIT_SALT = 0x62_75_72_6e;

/** Shares of the rows, each in [0, 1); the rest is training data. */
export interface SplitShares {
  validationShare: number;
  testShare: number;
}

/**
 * The split of a row and of everything made from it: a pure function of the row's id.
 *
 * Each id has a position in [0, 1): test rows lie below `testShare`, validation rows just above, so that a larger share
 * moves only the rows next to its border.
 */
export function splitOf(rowId: string, shares: SplitShares): 'train' | 'validation' | 'test' {
  const position = randomBits(SPLIT_SALT, keyOf(rowId)) / 2 ** 32;
  if (position < shares.testShare) return 'test';
  return position < shares.testShare + shares.validationShare ? 'validation' : 'train';
}
