import { join } from 'node:path';
import type { BurnishActivities } from '../../contracts/activities.js';
import { labelRowSchema, type PolicySample, policySampleSchema } from '../../contracts/records.js';
import type { ScorerCurvePoint } from '../../contracts/report.js';
import { InputInvalidError } from '../../files/input-invalid-error.js';
import { readAllRows, writeJsonl } from '../../files/jsonl.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { readArtifact, writeArtifact } from '../../storage/artifacts.js';
import { keyOf } from '../../text/random.js';
import { mean } from '../../text/statistics.js';
import { contentKept, words } from '../../text/words.js';
import type { StoreDependencies } from '../dependencies.js';
import { standardsOf, mixScores, type MixStandards } from '../evaluate/measure-texts.js';
import { assertFewScoresAreLost } from '../paid/losses.js';
import { readScores, writeQuarantine, type TextScore, type TextToScore } from './scored-texts.js';

/**
 * The activity that shows what the scorer itself says of a PPO run's samples beside the reward models.
 *
 * @throws InputInvalidError if there are no samples or labels.
 * @throws RowLossExceededError if more than a tenth of the samples has no scores.
 */
export function createScorePolicySamples(
  dependencies: StoreDependencies,
): BurnishActivities['scorePolicySamples'] {
  const { store, cacheFolder } = dependencies;
  return async ({ metrics, labels, scores }) => {
    const metricsFolder = await readArtifact(store, metrics, cacheFolder);
    const labelsFolder = await readArtifact(store, labels, cacheFolder);
    const samples = await readPolicySamples(metricsFolder);
    const labelRows = await readAllRows(join(labelsFolder, 'train.jsonl'), labelRowSchema);
    if (samples.length === 0 || labelRows.length === 0) {
      throw new InputInvalidError(
        `Expected samples in ${metrics.uri} and labels in ${labels.uri}; found ${samples.length} and ${labelRows.length}.`,
      );
    }
    const { scoreOf, quarantined } = await readScores(dependencies, scores);
    // An empty text has no picture; the curve leaves its description out.
    const texts = samples.map(sampleToScore);
    const found = texts.map((text) => text && scoreOf(text));
    const of = texts.filter((text) => text !== undefined).length;
    const lost = of - found.filter((score) => score !== undefined).length;
    assertFewScoresAreLost({ scores: 'scores', things: 'samples' }, { lost, of }, quarantined);
    const curve = scorerCurve(samples, found, standardsOf(labelRows));
    const ref = await withWorkFolder(cacheFolder, async (folder) => {
      await writeJsonl(join(folder, 'scorer-curve.jsonl'), curve);
      await writeQuarantine(folder, quarantined);
      return writeArtifact(store, 'metrics', folder);
    });
    return { curve: ref, summary: summarise(curve) };
  };
}

function summarise(curve: ScorerCurveRow[]): Record<string, number> {
  const first = curve[0];
  const last = curve.at(-1);
  if (first === undefined || last === undefined) return { curvePoints: 0 };
  return {
    curvePoints: curve.length,
    scorerFirst: first.scorer,
    scorerLast: last.scorer,
    rewardModelFirst: first.rewardModel,
    rewardModelLast: last.rewardModel,
    contentKeptFirst: first.contentKept,
    contentKeptLast: last.contentKept,
  };
}

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
      const meanOf = (of: (row: (typeof rows)[number]) => number) => mean(rows.map(of));
      return {
        iteration,
        rewardModel: meanOf(({ sample }) => sample.rewardModelScore),
        scorer: meanOf(({ score }) => mixScores(score, standards)),
        pick: meanOf(({ score }) => score.pick),
        aesthetic: meanOf(({ score }) => score.aesthetic),
        contentKept: meanOf(({ sample }) => contentKept(sample.x, sample.y)),
        words: meanOf(({ sample }) => words(sample.y).length),
        count: rows.length,
      };
    });
}

/** A PPO run's samples, in order. */
export function readPolicySamples(folder: string): Promise<PolicySample[]> {
  return readAllRows(join(folder, 'samples.jsonl'), policySampleSchema);
}

/** What is scored of a sample; undefined for an empty text, which has no picture. */
export function sampleToScore({ rowId, x, y }: PolicySample): TextToScore | undefined {
  return y === '' ? undefined : { x, y, rowKey: keyOf(rowId) };
}
