import { evaluationMethods, type HeldOutRow } from '../../contracts/report.js';
import { assertLittleIsLost, type ReadScores } from '../score-texts/read-scores.js';
import { textToScore } from './held-out-rows.js';
import type { ScoredRow } from './measure-texts.js';

/**
 * The descriptions with the scores of every method's text.
 *
 * A description with a text the providers failed on is left out for all methods, so that the comparison stays paired.
 * @throws RowLossExceededError if more than a tenth is lost.
 */
export function scoreMethods(
  rows: readonly HeldOutRow[],
  { scoreOf, quarantined }: ReadScores,
): ScoredRow[] {
  const kept = rows.flatMap((row) => {
    const entries = evaluationMethods.map(
      (method) => [method, scoreOf(textToScore(row, method))] as const,
    );
    if (entries.some(([, scores]) => scores === undefined)) return [];
    return [{ ...row, scores: Object.fromEntries(entries) as ScoredRow['scores'] }];
  });
  const what = { scores: "every method's scores", things: 'descriptions' };
  assertLittleIsLost(what, { lost: rows.length - kept.length, of: rows.length }, quarantined);
  return kept;
}
