import type { PolicySample } from '../../contracts/records.js';
import type { ScorerCurvePoint } from '../../contracts/report.js';
import { contentKept, words } from '../../text/words.js';
import type { TextScore } from '../score-texts/text-row.js';
import { mixScores, type MixStandards } from '../evaluate/standardise.js';

/** A line of `scorer-curve.jsonl`: means over the same descriptions at one iteration. */
export interface ScorerCurveRow extends ScorerCurvePoint {
  /** In the scorer's own units. */
  pick: number;
  aesthetic: number;
  /** Share of the description's content words in the text. */
  contentKept: number;
  words: number;
  /** Descriptions behind the means. */
  count: number;
}

/**
 * What the scorer says of the policy's samples beside what the reward models said, by iteration.
 *
 * `scorer` is 0.7 z(pick) + 0.3 z(aesthetic), z by the training labels' mean and standard deviation, the same units as
 * the reward models' mixed score. A description that lacks a score at one iteration is left out of all, so that the
 * points stay comparable.
 */
export function scorerCurve(
  samples: readonly PolicySample[],
  scores: readonly (TextScore | undefined)[],
  standards: MixStandards,
): ScorerCurveRow[] {
  const lost = new Set(
    samples.filter((_, index) => scores[index] === undefined).map(({ rowId }) => rowId),
  );
  const byIteration = new Map<number, { sample: PolicySample; score: TextScore }[]>();
  for (const [index, sample] of samples.entries()) {
    const score = scores[index];
    if (score === undefined || lost.has(sample.rowId)) continue;
    const rows = byIteration.get(sample.iteration) ?? [];
    rows.push({ sample, score });
    byIteration.set(sample.iteration, rows);
  }
  return [...byIteration]
    .sort(([a], [b]) => a - b)
    .map(([iteration, rows]) => {
      const mean = (of: (row: (typeof rows)[number]) => number) =>
        rows.reduce((sum, row) => sum + of(row), 0) / rows.length;
      return {
        iteration,
        rewardModel: mean(({ sample }) => sample.rewardModelScore),
        scorer: mean(({ score }) => mixScores(score, standards)),
        pick: mean(({ score }) => score.pick),
        aesthetic: mean(({ score }) => score.aesthetic),
        contentKept: mean(({ sample }) => contentKept(sample.x, sample.y)),
        words: mean(({ sample }) => words(sample.y).length),
        count: rows.length,
      };
    });
}
