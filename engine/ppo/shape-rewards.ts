import { z } from 'zod';
import type { PpoSettings } from '../../recipe/sections/ppo.js';
import { shareOfRepeats, wordRuns } from '../../text/repetition.js';
import { mean } from '../../text/statistics.js';
import { contentKept } from '../../text/words.js';

/** Standardised scores of (x, y) by the two reward models. */
export type RewardScorer = (rows: readonly { x: string; y: string }[]) => {
  pick: number[];
  aesthetic: number[];
};

export interface GeneratedText {
  x: string;
  y: string;
  /** The data's own prompt for x. */
  target: string;
  ended: boolean;
}

export interface ShapedRewards {
  /** alpha * pick + (1 - alpha) * aesthetic of the generated text, standardised units. */
  mixed: number[];
  /** What PPO optimises, before scaling: minus the target's, minus the penalties, minus the group's mean. */
  shaped: number[];
  contentKept: number[];
}

/** Share of repeated word pairs plus share of repeated comma segments, 0 to 2. */
export function repetition(y: string): number {
  const segments = y
    .split(',')
    .map((segment) => segment.trim())
    .filter(Boolean);
  return shareOfRepeats(wordRuns(y, 2)) + shareOfRepeats(segments);
}

/**
 * Scores of generated texts as the policy is rewarded for them.
 *
 * Texts of one group (the same x) stand together, `groupSize` at a time.
 * Example: two texts of one x with mixed scores 3 and 5 and no penalties are shaped to -1 and 1.
 * Source: the released code (`train_ppo.py`: mix and difference to the dataset's output); group mean and the content and
 * repetition terms are ours.
 */
export function shapeRewards(
  texts: readonly GeneratedText[],
  score: RewardScorer,
  options: { reward: PpoSettings['reward']; groupSize: number },
): ShapedRewards {
  const { reward, groupSize } = options;
  const mix = (rows: { x: string; y: string }[]): number[] => {
    const { pick, aesthetic } = score(rows);
    return rows.map(
      (_, index) => reward.pickWeight * pick[index]! + (1 - reward.pickWeight) * aesthetic[index]!,
    );
  };
  const mixed = mix(texts.map(({ x, y }) => ({ x, y })));
  const groups = texts.filter((_, index) => index % groupSize === 0);
  const targets = reward.minusTarget
    ? mix(groups.map(({ x, target }) => ({ x, y: target })))
    : groups.map(() => 0);
  const kept = texts.map(({ x, y }) => contentKept(x, y));
  const shaped = texts.map((text, index) => {
    const penalties =
      reward.contentFloor * (1 - kept[index]!) +
      reward.repetitionPenalty * repetition(text.y) +
      (text.ended ? 0 : reward.missingEndPenalty);
    return mixed[index]! - targets[Math.floor(index / groupSize)]! - penalties;
  });
  return {
    mixed,
    shaped: groupSize > 1 ? minusGroupMean(shaped, groupSize) : shaped,
    contentKept: kept,
  };
}

function minusGroupMean(values: number[], groupSize: number): number[] {
  return values.map((value, index) => {
    const start = Math.floor(index / groupSize) * groupSize;
    const group = values.slice(start, start + groupSize);
    return value - mean(group);
  });
}

/** Schema of {@link RunningMoments}. */
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

/** Unbiased standard deviation; 1 while it is not known. Example: after 1 and 3 it is sqrt(2). */
export function runningStd(moments: RunningMoments): number {
  if (moments.count < 2 || moments.squares === 0) return 1;
  return Math.sqrt(moments.squares / (moments.count - 1));
}
