export interface KlSettings {
  coefficient: number;
  /** Nats a text; null keeps the coefficient. */
  target: number | null;
  horizon: number;
  minCoefficient: number;
}

/**
 * The KL coefficient after a batch of rollouts.
 *
 * Units: `kl` nats a text, `rolloutCount` texts. The relative error is clipped to +-0.2.
 * Source: Ziegler et al. 2019, arXiv:1909.08593, section 2.2; trlx `AdaptiveKLController`.
 */
export function nextCoefficient(
  coefficient: number,
  observed: { kl: number; rolloutCount: number },
  settings: KlSettings,
): number {
  if (settings.target === null) return coefficient;
  const error = Math.min(Math.max(observed.kl / settings.target - 1, -0.2), 0.2);
  return Math.max(
    settings.minCoefficient,
    coefficient * (1 + (error * observed.rolloutCount) / settings.horizon),
  );
}
