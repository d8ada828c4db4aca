import type { RunWatch, Sight } from './run-watch.js';

/** Waits for a moment at which a segment trains; `undefined` when the run ended before one. */
export async function untilTraining(watch: RunWatch): Promise<Sight | undefined> {
  return watch.until(({ activity }) => isTraining(activity));
}

/** Whether an activity is a segment that has told of its steps. */
export function isTraining(activity: Sight['activity']): boolean {
  return activity?.type === 'trainSegment' && activity.training?.stepIndex !== undefined;
}
