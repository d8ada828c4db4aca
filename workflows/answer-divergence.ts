/** What follows when a training diverged: pure functions of the recipe and of what happened before. */
import type { GuardSettings } from '../recipe/sections/optimiser.js';
import type { AnsweredDivergence, Divergence, RateChange } from '../contracts/training.js';

/**
 * What the recipe wants done.
 *
 * The step to go back to depends on the step that diverged alone, not on which checkpoints there are: the same recipe
 * takes the same path however often it is killed.
 */
export function answerDivergence(
  divergence: Divergence,
  guard: GuardSettings,
  earlier: readonly AnsweredDivergence[],
): AnsweredDivergence {
  if (guard.answer === 'ask') return { ...divergence, answer: 'waits' };
  const isSpent = changesOf(earlier).length >= guard.maxRollbacks;
  // Before the first update no learning rate has had any effect.
  if (guard.answer === 'stop' || isSpent || divergence.stepIndex === 0)
    return { ...divergence, answer: 'ended' };
  return wentBack(divergence, guard);
}

/** The divergence answered by going back, with the recipe's factor or the operator's. */
export function wentBack(
  { measure, value, expected, stepIndex }: Divergence,
  guard: GuardSettings,
  rateFactor = guard.rateFactor,
): AnsweredDivergence {
  const fromStep = Math.max(0, stepIndex - guard.stepsBack);
  const rateChange = { fromStep, factor: rateFactor };
  return { measure, value, expected, stepIndex, answer: 'went back', rateChange };
}

/** The changes of the learning rate that divergences led to, oldest first. */
export function changesOf(divergences: readonly AnsweredDivergence[] = []): RateChange[] {
  return divergences.flatMap(({ rateChange }) => rateChange ?? []);
}

/** The divergence in words: what was measured, where, and what followed. */
export function describeDivergence(divergence: AnsweredDivergence): string {
  const { measure, value, expected, stepIndex, answer, rateChange } = divergence;
  const what = `${measure} was ${value} at step ${stepIndex}, expected ${expected}`;
  if (answer === 'waits') return `${what}: waits for resume or stop`;
  if (rateChange === undefined) return `${what}: training ends`;
  return `${what}: learning rate times ${rateChange.factor} from step ${rateChange.fromStep} on`;
}
