import type { PublishSettings } from '../../recipe/sections/evaluate.js';
import type { Evaluation, EvaluationMethod } from '../../contracts/report.js';

/** Why the alias must not move to the policy of this evaluation, one sentence each; empty if it may. */
export function aliasObjections(
  evaluation: Evaluation,
  settings: Pick<PublishSettings, 'minContentKept' | 'maxContentLoss'>,
): string[] {
  const kept = keptBy(evaluation, 'ppo');
  const before = keptBy(evaluation, 'sft');
  if (kept === undefined || before === undefined) {
    return ['the evaluation has no content kept for SFT and PPO'];
  }
  const objections: string[] = [];
  if (kept < settings.minContentKept) {
    objections.push(
      `content kept is ${kept.toFixed(3)}, below minContentKept ${settings.minContentKept}`,
    );
  }
  if (before - kept > settings.maxContentLoss) {
    objections.push(
      `content kept fell from ${before.toFixed(3)} to ${kept.toFixed(3)}, by more than maxContentLoss ${settings.maxContentLoss}`,
    );
  }
  return objections;
}

function keptBy(evaluation: Evaluation, method: EvaluationMethod): number | undefined {
  const result = evaluation.methods.find((found) => found.method === method);
  return result?.metrics.contentKept?.mean;
}
