/** What may be lost: rows that providers failed on for good, above which a stage fails rather than go on without them. */

/** Above this share of texts without a score something is wrong with all of them. Ours. */
const maxUnscoredShare = 0.1;

/** Providers failed on more rows than the recipe allows; trying again cannot mend it. */
export class RowLossExceededError extends Error {
  override readonly name = 'RowLossExceededError';
}

/**
 * Ensures that a collection lost no more than the recipe's share of the rows that providers were asked for.
 *
 * @param where says in a sentence or two where the reasons are.
 * @throws RowLossExceededError if more is lost.
 */
export function assertFewRowsAreLost(
  { lost, asked, maxLossShare }: { lost: number; asked: number; maxLossShare: number },
  where: string,
  options?: ErrorOptions,
): void {
  if (lost <= maxLossShare * asked) return;
  throw new RowLossExceededError(
    `Providers failed on ${lost} of ${asked} rows; the recipe allows a share of ${maxLossShare} (collect.maxLossShare). ` +
      where,
    options,
  );
}

/**
 * Ensures that no more than a tenth of the texts has no scores.
 *
 * @param what in words: the scores of which things.
 * @throws RowLossExceededError if more is lost.
 */
export function assertFewScoresAreLost(
  what: { scores: string; things: string },
  { lost, of }: { lost: number; of: number },
  quarantined: readonly { reason: string }[],
): void {
  if (lost <= maxUnscoredShare * of) return;
  throw new RowLossExceededError(
    `Expected ${what.scores} for at least ${100 * (1 - maxUnscoredShare)} % of ${of} ${what.things}; the providers failed on ${lost}. ` +
      `The last failure: ${quarantined.at(-1)?.reason ?? 'none is recorded'}`,
  );
}
