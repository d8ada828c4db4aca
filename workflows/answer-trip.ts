/** What follows when a guard of a training tripped; pure functions of the recipe and of what happened before. */
import type { GuardSettings } from '../recipe/sections/optimiser.js';
import type { AnsweredTrip, GuardTrip, RateChange } from '../contracts/training.js';

/**
 * What the recipe wants done.
 *
 * The step to go back to depends on the step that tripped alone, not on which checkpoints there are: the same recipe
 * takes the same path however often it is killed.
 */
export function answerTrip(
  trip: GuardTrip,
  guard: GuardSettings,
  earlier: readonly AnsweredTrip[],
): AnsweredTrip {
  if (guard.answer === 'ask') return { ...trip, answer: 'waits' };
  const isSpent = changesOf(earlier).length >= guard.maxRollbacks;
  // Before the first update no learning rate has had its say.
  if (guard.answer === 'stop' || isSpent || trip.stepIndex === 0)
    return { ...trip, answer: 'ended' };
  return wentBack(trip, guard);
}

/** The trip answered by going back, with the recipe's factor or the operator's. */
export function wentBack(
  { measure, value, expected, stepIndex }: GuardTrip,
  guard: GuardSettings,
  rateFactor = guard.rateFactor,
): AnsweredTrip {
  const fromStep = Math.max(0, stepIndex - guard.stepsBack);
  const rateChange = { fromStep, factor: rateFactor };
  return { measure, value, expected, stepIndex, answer: 'went back', rateChange };
}

/** The changes of the learning rate that trips led to, oldest first. */
export function changesOf(trips: readonly AnsweredTrip[] = []): RateChange[] {
  return trips.flatMap(({ rateChange }) => rateChange ?? []);
}

/** The trip in words: what was measured, where, and what followed. */
export function describeTrip(trip: AnsweredTrip): string {
  const { measure, value, expected, stepIndex, answer, rateChange } = trip;
  const what = `${measure} was ${value} at step ${stepIndex}, expected ${expected}`;
  if (answer === 'waits') return `${what}: waits for resume or stop`;
  if (rateChange === undefined) return `${what}: training ends`;
  return `${what}: learning rate times ${rateChange.factor} from step ${rateChange.fromStep} on`;
}
