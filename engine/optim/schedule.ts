import type { RateChange } from '../../contracts/training.js';

export interface ScheduleSettings {
  learningRate: number;
  warmupShare: number;
  finalShare: number;
  /** Lower rates from some step on; absent: none. */
  rateChanges?: readonly RateChange[] | undefined;
}

/**
 * Learning rate of a step: linear warm-up, then a cosine from the peak to `finalShare` of it.
 *
 * Units: `stepIndex` counts from 0; warm-up takes ceil(warmupShare * stepCount) steps, and the first has a rate above 0.
 * A rate change lowers the whole curve from its step on.
 * Example: rate 1, 10 steps, warmupShare 0.2, finalShare 0: 0.5 and 1 at steps 0 and 1, 1 again at step 2, 0.5 at step 6.
 * Source: transformers `get_cosine_schedule_with_warmup`, with a floor; differs: warm-up step i has (i + 1) / warm-up.
 */
export function learningRateAt(
  stepIndex: number,
  stepCount: number,
  settings: ScheduleSettings,
): number {
  const { warmupShare, finalShare, rateChanges = [] } = settings;
  const learningRate = rateChanges
    .filter(({ fromStep }) => stepIndex >= fromStep)
    .reduce((rate, { factor }) => rate * factor, settings.learningRate);
  const warmup = Math.ceil(warmupShare * stepCount);
  if (stepIndex < warmup) return (learningRate * (stepIndex + 1)) / warmup;
  const share = Math.min(1, (stepIndex - warmup) / Math.max(1, stepCount - warmup));
  return learningRate * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * share)));
}
