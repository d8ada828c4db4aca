import type { Divergence } from '../../contracts/training.js';
import type { StepOutputs } from '../optim/optimiser-step.js';

/** Training must not go on as it is: a guard tripped, and nothing of this step is saved. */
export class TrainingDivergedError extends Error {
  override readonly name = 'TrainingDivergedError';
  /** For whoever decides what follows. */
  readonly details: Divergence;

  constructor(trip: Divergence, advice: string) {
    const { measure, value, expected, stepIndex } = trip;
    super(`step ${stepIndex}: ${measure} is ${value}, expected ${expected}; ${advice}`);
    this.details = trip;
  }
}

/** @throws TrainingDivergedError naming the first value that is not a finite number. */
export function guardFinite(stepIndex: number, values: Record<string, number>): void {
  for (const [measure, value] of Object.entries(values)) {
    if (!Number.isFinite(value)) {
      throw new TrainingDivergedError(
        { measure, value: String(value), expected: 'a finite number', stepIndex },
        'lower the learning rate or look at the data',
      );
    }
  }
}

/**
 * Ensures that what a step gave is finite and the gradients have not exploded.
 *
 * Units: `norm` is the global norm before clipping; a limit of null is off.
 * @throws TrainingDivergedError if either is not so.
 */
export function guardStep(
  stepIndex: number,
  { norm, ...values }: StepOutputs,
  { maxGradientNorm }: { maxGradientNorm: number | null },
): void {
  guardFinite(stepIndex, { ...values, 'gradient norm': norm });
  if (maxGradientNorm === null || norm <= maxGradientNorm) return;
  throw new TrainingDivergedError(
    {
      measure: 'gradient norm',
      value: norm.toPrecision(6),
      expected: `at most ${maxGradientNorm}`,
      stepIndex,
    },
    'lower the learning rate, lengthen the warm-up or raise guard.maxGradientNorm',
  );
}
