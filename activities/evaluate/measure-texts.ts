import {
  evaluationMethods,
  type EvaluatedRow,
  type EvaluationMethod,
  type EvaluationMetric,
  type HeldOutRow,
  type MethodText,
  type Standardisation,
} from '../../contracts/report.js';
import { wordRuns } from '../../text/repetition.js';
import { mean, standardDeviation } from '../../text/statistics.js';
import { contentKept, words } from '../../text/words.js';

interface Scores {
  pick: number;
  aesthetic: number;
}

/** A description with every method's text and what the scorer says of it. */
export type ScoredRow = HeldOutRow & { scores: Record<EvaluationMethod, Scores> };

/** Every metric of every text. */
export function measureTexts(rows: readonly ScoredRow[], standards: MixStandards): EvaluatedRow[] {
  const distinctOf = (method: EvaluationMethod) =>
    distinctPairShares(rows.map((row) => row.texts[method].y));
  const distinct = new Map(evaluationMethods.map((method) => [method, distinctOf(method)]));
  return rows.map((row, index) => {
    const entries = evaluationMethods.map((method) => {
      const text = row.texts[method];
      const scores = row.scores[method];
      const kept = contentKept(row.x, text.y);
      const metrics: Partial<Record<EvaluationMetric, number>> = {
        mixed: mixScores(scores, standards),
        pick: scores.pick,
        aesthetic: scores.aesthetic,
        contentKept: kept,
        allContentKept: kept === 1 ? 1 : 0,
        words: words(text.y).length,
        ...(text.ended === null ? {} : { endedByItself: text.ended ? 1 : 0 }),
        distinct2: distinct.get(method)?.[index] ?? 0,
        ...rewardModelMetrics(text, standards),
      };
      return [method, { y: text.y, metrics }] as const;
    });
    return {
      rowId: row.rowId,
      x: row.x,
      texts: Object.fromEntries(entries) as EvaluatedRow['texts'],
    };
  });
}

function rewardModelMetrics(
  text: MethodText,
  standards: MixStandards,
): Partial<Record<EvaluationMetric, number>> {
  const { rewardModelPick: pick, rewardModelAesthetic: aesthetic } = text;
  if (pick === undefined || aesthetic === undefined) return {};
  return {
    rewardModelMixed: mixScores({ pick, aesthetic }, standards),
    rewardModelPick: pick,
    rewardModelAesthetic: aesthetic,
  };
}

/** The paper's weight of the PickScore in the mix; the aesthetic score has the rest. */
export const PICK_WEIGHT = 0.7;

export type MixStandards = Record<keyof Scores, Standardisation>;

/**
 * Means and population standard deviations of labels; a standard deviation of 0 becomes 1.
 *
 * @throws RangeError if there are none.
 */
export function standardsOf(labels: readonly Scores[]): MixStandards {
  const standardise = (values: number[]): Standardisation => ({
    mean: mean(values),
    std: standardDeviation(values) || 1,
  });
  if (labels.length === 0) throw new RangeError('expected at least one label, found none');
  return {
    pick: standardise(labels.map((label) => label.pick)),
    aesthetic: standardise(labels.map((label) => label.aesthetic)),
  };
}

/**
 * 0.7 z(pick) + 0.3 z(aesthetic), in standard deviations of the labels.
 *
 * Source: the paper's reward (alpha 0.7), on standardised scores.
 */
export function mixScores(scores: Scores, standards: MixStandards): number {
  const pick = (scores.pick - standards.pick.mean) / standards.pick.std;
  const aesthetic = (scores.aesthetic - standards.aesthetic.mean) / standards.aesthetic.std;
  return PICK_WEIGHT * pick + (1 - PICK_WEIGHT) * aesthetic;
}

/**
 * Distinct-2 of each text among all texts of a method: the share of its word pairs that are its own, 0 to 1.
 *
 * A pair of neighbouring words that occurs n times among all texts counts 1/n each time, so that the sum over texts
 * is the number of different pairs. A text of fewer than two words has none and counts 0.
 * Source: Li et al. 2016, arXiv:1510.03055 (distinct-n). Differs: mean over texts, so that it has a paired interval.
 */
export function distinctPairShares(texts: readonly string[]): number[] {
  const pairsOf = texts.map((text) => wordRuns(text, 2));
  const counts = new Map<string, number>();
  for (const pair of pairsOf.flat()) counts.set(pair, (counts.get(pair) ?? 0) + 1);
  return pairsOf.map((pairs) => {
    const own = pairs.reduce((sum, pair) => sum + 1 / (counts.get(pair) ?? 1), 0);
    return pairs.length === 0 ? 0 : own / pairs.length;
  });
}
