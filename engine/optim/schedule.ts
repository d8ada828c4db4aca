export interface ScheduleSettings {
  learningRate: number;
  warmupShare: number;
  finalShare: number;
}

/**
 * Learning rate of a step: linear warm-up, then a cosine from the peak to `finalShare` of it.
 *
 * Units: `stepIndex` counts from 0; warm-up takes ceil(warmupShare * stepCount) steps, and the first has a rate above 0.
 * Source: transformers `get_cosine_schedule_with_warmup`, with a floor; differs: warm-up step i has (i + 1) / warm-up.
 */
export function learningRateAt(
  stepIndex: number,
  stepCount: number,
  settings: ScheduleSettings,
): number {
  const { learningRate, warmupShare, finalShare } = settings;
  const warmup = Math.ceil(warmupShare * stepCount);
  if (stepIndex < warmup) return (learningRate * (stepIndex + 1)) / warmup;
  const share = Math.min(1, (stepIndex - warmup) / Math.max(1, stepCount - warmup));
  return learningRate * (finalShare + (1 - finalShare) * 0.5 * (1 + Math.cos(Math.PI * share)));
}
