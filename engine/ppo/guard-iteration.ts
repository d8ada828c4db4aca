import type { PpoSettings } from '../../recipe/sections/ppo.js';
import type { MetricRow } from '../../contracts/records.js';
import { guardFinite, guardStep, TrainingDivergedError } from '../training/guards.js';
import { mean } from '../../text/statistics.js';
import type { UpdateReport } from './update-policy.js';

/** Phases whose mean score is compared: one phase alone is noise. */
const SCORE_WINDOW = 3;

/**
 * Ensures that the policy has not left its reference.
 *
 * Units: `kl` in nats a text, mean over the rollouts.
 * @throws TrainingDivergedError if it is not a number or above `guard.maxKl`.
 */
export function guardKl(stepIndex: number, kl: number, { maxKl }: PpoSettings['guard']): void {
  guardFinite(stepIndex, { KL: kl });
  if (kl <= maxKl) return;
  throw new TrainingDivergedError(
    {
      measure: 'KL',
      value: kl.toPrecision(6),
      expected: `at most ${maxKl} nats a text`,
      stepIndex,
    },
    'lower the learning rate, raise kl.coefficient or guard.maxKl',
  );
}

/**
 * Ensures that the policy's scores have not collapsed: the mean of the newest three phases is not far under the best three.
 *
 * Units: scores in standard deviations of the labels; `rows` are the phases before this one.
 * @throws TrainingDivergedError if it fell by more than `guard.maxScoreDrop`.
 */
export function guardScore(
  stepIndex: number,
  { rows, score }: { rows: readonly MetricRow[]; score: number },
  { maxScoreDrop }: PpoSettings['guard'],
): void {
  guardFinite(stepIndex, { score });
  if (maxScoreDrop === null) return;
  const scores = [...rows.flatMap((row) => row['objective/score'] ?? []), score];
  const windows = scores
    .slice(SCORE_WINDOW - 1)
    .map((_, index) => mean(scores.slice(index, index + SCORE_WINDOW)));
  const newest = windows.at(-1);
  if (newest === undefined) return;
  const best = Math.max(...windows);
  if (best - newest <= maxScoreDrop) return;
  throw new TrainingDivergedError(
    {
      measure: 'score',
      value: newest.toPrecision(6),
      expected: `at most ${maxScoreDrop} under the best, which was ${best.toPrecision(6)}`,
      stepIndex,
    },
    'lower the learning rate, raise kl.coefficient or look at the samples',
  );
}

/**
 * Ensures that the updates of a phase began at the policy that wrote its rollouts, and that they stayed finite.
 *
 * @throws TrainingDivergedError if a number is not finite, the gradients exploded, or the first ratio is not 1.
 */
export function guardUpdate(
  stepIndex: number,
  update: UpdateReport,
  guard: PpoSettings['guard'],
): void {
  guardStep(stepIndex, update.means, guard);
  const { maxFirstRatioError } = guard;
  if (Math.abs(update.firstRatio - 1) <= maxFirstRatioError) return;
  throw new TrainingDivergedError(
    {
      measure: 'first ratio',
      value: String(update.firstRatio),
      expected: `1 within ${maxFirstRatioError}`,
      stepIndex,
    },
    'rollout and training disagree: try compute.precision float32, or report it',
  );
}
