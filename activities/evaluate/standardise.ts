import type { Standardisation } from '../../contracts/report.js';

/** The paper's weight of the PickScore in the mix; the aesthetic score has the rest. */
export const PICK_WEIGHT = 0.7;

/**
 * Mean and population standard deviation of some numbers; a standard deviation of 0 becomes 1.
 *
 * @throws RangeError if there are none.
 */
export function standardisationOf(values: readonly number[]): Standardisation {
  if (values.length === 0) throw new RangeError('expected at least one label, found none');
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return { mean, std: Math.sqrt(variance) || 1 };
}

export interface MixStandards {
  pick: Standardisation;
  aesthetic: Standardisation;
}

/**
 * 0.7 z(pick) + 0.3 z(aesthetic), in standard deviations of the labels.
 *
 * Source: the paper's reward (alpha 0.7), on standardised scores.
 */
export function mixScores(
  scores: { pick: number; aesthetic: number },
  standards: MixStandards,
): number {
  const pick = (scores.pick - standards.pick.mean) / standards.pick.std;
  const aesthetic = (scores.aesthetic - standards.aesthetic.mean) / standards.aesthetic.std;
  return PICK_WEIGHT * pick + (1 - PICK_WEIGHT) * aesthetic;
}
