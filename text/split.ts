import { keyOf, randomBits } from './random.js';

/** Fixed, so that a row stays in its split whatever the recipe's seed; changing it would leak old test rows into training. */
const SPLIT_SALT = 0x62_75_72_6e;

/** Shares of the rows, each in [0, 1); the rest is training data. */
export interface SplitShares {
  validationShare: number;
  testShare: number;
}

/**
 * The split a row and everything made from it belongs to: a pure function of the row's id.
 *
 * Growing a share moves rows out of `train` only from the border of that share: test rows are those under `testShare`,
 * validation rows those just above.
 */
export function splitOf(rowId: string, shares: SplitShares): 'train' | 'validation' | 'test' {
  const position = randomBits(SPLIT_SALT, keyOf(rowId)) / 2 ** 32;
  if (position < shares.testShare) return 'test';
  return position < shares.testShare + shares.validationShare ? 'validation' : 'train';
}
