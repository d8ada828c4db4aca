import { z } from 'zod';

export const runningMomentsSchema = z.strictObject({
  count: z.number(),
  mean: z.number(),
  squares: z.number(),
});

/** Mean and sum of squared differences of everything seen; plain data, kept in checkpoints. */
export type RunningMoments = z.infer<typeof runningMomentsSchema>;

export const noMoments: RunningMoments = { count: 0, mean: 0, squares: 0 };

/** Moments after more values. Source: Chan et al. 1979, the parallel form. */
export function addValues(moments: RunningMoments, values: readonly number[]): RunningMoments {
  return values.reduce((seen, value) => {
    const count = seen.count + 1;
    const difference = value - seen.mean;
    const mean = seen.mean + difference / count;
    return { count, mean, squares: seen.squares + difference * (value - mean) };
  }, moments);
}

/** Unbiased standard deviation; 1 while it is not known. */
export function runningStd(moments: RunningMoments): number {
  if (moments.count < 2 || moments.squares === 0) return 1;
  return Math.sqrt(moments.squares / (moments.count - 1));
}
