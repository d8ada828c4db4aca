import { mean } from '../../text/statistics.js';
import { explainedVariance, maskedMean } from './advantages.js';
import type { Rollouts, EvaluatedRollouts } from './rollouts.js';
import type { ShapedRewards } from './shape-rewards.js';
import type { UpdateReport } from './update-policy.js';

interface Iteration {
  rollouts: Rollouts;
  seen: EvaluatedRollouts;
  returns: Float32Array;
  scores: ShapedRewards;
  /** Scores as they entered the rewards. */
  scaled: readonly number[];
  texts: readonly { ended: boolean; tokenCount: number }[];
  update: UpdateReport;
  /** log pi - log pi_ref summed over a text, mean over texts, nats. */
  kl: number;
  /** Running standard deviation that the scores were divided by. */
  scale: number;
  learningRate: number;
  /** KL coefficient of this iteration. */
  coefficient: number;
}

/** The numbers of one iteration, named as TRL names them where it has them. */
export function iterationMetrics(iteration: Iteration): Record<string, number> {
  const { rollouts, seen, scores, texts, update, kl, coefficient } = iteration;
  const of = (name: string): number => update.means[name]!;
  return {
    'objective/kl': kl,
    'objective/entropy': maskedMean(seen.entropy, rollouts.mask),
    'objective/score': mean(scores.mixed),
    'objective/reward': mean(iteration.scaled) - coefficient * kl,
    'policy/approx_kl': of('approximateKl'),
    'policy/clip_fraction': of('clipFraction'),
    'policy/loss': of('policyLoss'),
    'value/loss': of('valueLoss'),
    'value/clip_fraction': of('valueClipFraction'),
    'value/explained_variance': explainedVariance(seen.values, iteration.returns, rollouts.mask),
    'ratio/mean': of('ratio'),
    'ratio/first': update.firstRatio,
    'kl/coefficient': coefficient,
    'tokens/response_mean': mean(texts.map((text) => text.tokenCount)),
    'tokens/ended_share': mean(texts.map((text) => (text.ended ? 1 : 0))),
    'reward/content_kept': mean(scores.contentKept),
    'reward/std': iteration.scale,
    'train/learning_rate': iteration.learningRate,
    'train/grad_norm': of('norm'),
    'train/updates': update.count,
  };
}
