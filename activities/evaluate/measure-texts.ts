import {
  evaluationMethods,
  type EvaluatedRow,
  type EvaluationMethod,
  type EvaluationMetric,
  type HeldOutRow,
  type MethodText,
} from '../../contracts/report.js';
import { contentKept, words } from '../../text/words.js';
import { distinctPairShares } from './distinct-pairs.js';
import { mixScores, type MixStandards } from './standardise.js';

export interface Scores {
  pick: number;
  aesthetic: number;
}

/** A description with every method's text and what the scorer says of it. */
export type ScoredRow = HeldOutRow & { scores: Record<EvaluationMethod, Scores> };

/** Every metric of every text. */
export function measureTexts(rows: readonly ScoredRow[], standards: MixStandards): EvaluatedRow[] {
  const distinct = new Map(
    evaluationMethods.map((method) => [
      method,
      distinctPairShares(rows.map((row) => row.texts[method].y)),
    ]),
  );
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
