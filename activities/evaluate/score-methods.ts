import { RowLossExceededError } from '../../contracts/errors.js';
import { evaluationMethods, type HeldOutRow } from '../../contracts/report.js';
import type { Providers } from '../../providers/providers.js';
import { keyOf } from '../../text/random.js';
import type { Scores } from './measure-texts.js';
import type { Heartbeats } from './with-heartbeats.js';

/** Above this share of lost descriptions the rest is no fair sample. */
const MAX_LOST_SHARE = 0.1;

export interface ScoreMethodsOptions {
  scorer: Pick<Providers, 'scoreTexts'>;
  seed: number;
  imagesPerPrompt: number;
  heartbeats: Heartbeats;
}

/**
 * The scores of every method's texts, [method in the order of `evaluationMethods`][row], and the rows they are of.
 *
 * A row's pictures have the same seeds for every method. A description with a text the providers fail on is left out for
 * all methods, so that the comparison stays paired.
 * @throws RowLossExceededError if more than a tenth is lost.
 */
export async function scoreMethods(
  rows: readonly HeldOutRow[],
  options: ScoreMethodsOptions,
): Promise<{ rows: HeldOutRow[]; scores: Scores[][] }> {
  const all: (Scores | undefined)[][] = [];
  let failure: Error | undefined;
  for (const method of evaluationMethods) {
    const texts = rows.map((row) => ({
      x: row.x,
      y: row.texts[method].y,
      rowKey: keyOf(row.rowId),
    }));
    const scores = await options.scorer.scoreTexts(texts, {
      seed: options.seed,
      imagesPerPrompt: options.imagesPerPrompt,
      signal: options.heartbeats.signal,
      onProgress: (done, total) => options.heartbeats.report({ method, done, total }),
      onRowError: (_, error) => {
        failure = error;
      },
    });
    all.push(scores);
  }
  const kept = rows.flatMap((row, index) =>
    all.every((scores) => isFiniteScore(scores[index])) ? [{ row, index }] : [],
  );
  const lostCount = rows.length - kept.length;
  if (kept.length === 0 || lostCount > MAX_LOST_SHARE * rows.length) {
    throw new RowLossExceededError(
      `expected scores for at least ${100 * (1 - MAX_LOST_SHARE)} % of ${rows.length} descriptions, ` +
        `the providers failed on ${lostCount}; last: ${failure?.message ?? 'a score that is no number'}`,
      { cause: failure },
    );
  }
  return {
    rows: kept.map(({ row }) => row),
    scores: all.map((scores) => kept.map(({ index }) => scores[index]!)),
  };
}

function isFiniteScore(scores: Scores | undefined): boolean {
  return scores !== undefined && Number.isFinite(scores.pick + scores.aesthetic);
}
