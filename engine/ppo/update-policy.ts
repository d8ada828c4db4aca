import type { PpoSettings } from '../../recipe/sections/ppo.js';
import { permutation, Stream } from '../../text/random.js';
import { mean } from '../../text/statistics.js';
import { partsOf, type StepOutputs, type StepPart } from '../optim/optimiser-step.js';
import type { TrainingState } from '../training/training-state.js';
import {
  responseSizeOf,
  rolloutValues,
  takeRows,
  type Rollouts,
  type EvaluatedRollouts,
} from './rollouts.js';

interface UpdateOptions {
  rollouts: Rollouts;
  seen: EvaluatedRollouts & { advantages: Float32Array; returns: Float32Array };
  settings: PpoSettings;
  /** Optimiser steps before this iteration. */
  updateCount: number;
  /** The order of minibatches depends on these alone. */
  keys: readonly number[];
}

export interface UpdateReport {
  /** Optimiser steps taken. */
  count: number;
  /** Mean over the steps of what `train` returns. */
  means: StepOutputs;
  /** Mean ratio of the first minibatch, before any update. */
  firstRatio: number;
}

/**
 * Several passes of PPO updates over one iteration's rollouts, each in another order of minibatches.
 *
 * Passes end early when the mean approximate KL of a pass is above `kl.stopAt`.
 */
export function updatePolicy(
  state: Pick<TrainingState, 'optimiserStep'>,
  options: UpdateOptions,
): UpdateReport {
  const { rollouts, settings } = options;
  const { minibatchSize, kl } = settings;
  const steps: StepOutputs[] = [];
  for (let epoch = 0; epoch < settings.epochs; epoch += 1) {
    const order = permutation(rollouts.rows, ...options.keys, epoch, Stream.updates);
    let epochKl = 0;
    for (let start = 0; start < rollouts.rows; start += minibatchSize) {
      const rows = order.slice(start, start + minibatchSize);
      const parts = partsOf(rows, settings.gradientAccumulationSteps).map((part) =>
        partFeeds(options, part),
      );
      const mask = takeRows(rollouts.mask, rows, { width: rollouts.length });
      const result = state.optimiserStep(parts, {
        count: mask.reduce((sum, real) => sum + real, 0),
        number: options.updateCount + steps.length + 1,
      });
      steps.push(result);
      epochKl += result['approximateKl']!;
    }
    if (kl.stopAt !== null && epochKl / (rollouts.rows / minibatchSize) > kl.stopAt) break;
  }
  return { count: steps.length, firstRatio: steps[0]!['ratio']!, means: meansOf(steps) };
}

/** A part of a minibatch as it is fed, cut to the longest of its responses. */
function partFeeds({ rollouts, seen }: UpdateOptions, rows: readonly number[]): StepPart {
  const columns = responseSizeOf(rollouts, rows);
  const take = (values: Float32Array): Float32Array =>
    takeRows(values, rows, { width: rollouts.length, columns });
  const values = {
    ...rolloutValues(rollouts, rows, columns),
    responseMask: take(rollouts.mask),
    oldLogProbs: take(seen.logProbs),
    oldValues: take(seen.values),
    advantages: take(seen.advantages),
    returns: take(seen.returns),
  };
  return { key: `/${columns}`, values };
}

/** Mean over the steps of each output. */
function meansOf(steps: readonly StepOutputs[]): StepOutputs {
  const means = { ...steps[0]! };
  for (const name of Object.keys(means)) means[name] = mean(steps.map((step) => step[name]!));
  return means;
}
