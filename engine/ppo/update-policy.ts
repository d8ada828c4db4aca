import type { PpoSettings } from '../../recipe/sections/ppo.js';
import { permutation, Stream } from '../../text/random.js';
import type { Session } from '../graph/program.js';
import { adamValues } from '../optim/adamw.js';
import { partsOf, runStep } from '../optim/optimiser-step.js';
import { responseSizeOf, rolloutValues, takeRows } from './rollouts.js';
import type { Rollouts } from './rollouts.js';
import type { SeenRollouts } from './score-rollouts.js';

interface UpdateOptions {
  rollouts: Rollouts;
  seen: SeenRollouts & { advantages: Float32Array; returns: Float32Array };
  settings: PpoSettings;
  learningRate: number;
  /** Optimiser steps before this iteration. */
  updateCount: number;
  /** The order of minibatches depends on these alone. */
  keys: readonly number[];
}

export interface UpdateReport {
  /** Optimiser steps taken. */
  count: number;
  /** Mean over the steps of what `train` returns. */
  means: Record<string, number>;
  /** Mean ratio of the first minibatch, before any update. */
  firstRatio: number;
}

/**
 * Several passes of PPO updates over one iteration's rollouts, each in another order of minibatches.
 *
 * Passes end early when the mean approximate KL of a pass is above `kl.stopAt`.
 */
export function updatePolicy(session: Session, options: UpdateOptions): UpdateReport {
  const { rollouts, seen, settings } = options;
  const totals: Record<string, number> = {};
  let count = 0;
  let firstRatio = 1;
  for (let epoch = 0; epoch < settings.epochs; epoch += 1) {
    const order = permutation(rollouts.rows, ...options.keys, epoch, Stream.updates);
    let epochKl = 0;
    for (let start = 0; start < rollouts.rows; start += settings.minibatchSize) {
      const rows = order.slice(start, start + settings.minibatchSize);
      const parts = partsOf(rows, settings.gradientAccumulationSteps).map((part) => {
        const columns = responseSizeOf(rollouts, part);
        const take = (values: Float32Array): Float32Array =>
          takeRows(values, part, { width: rollouts.length, columns });
        const values = {
          ...rolloutValues(rollouts, part, columns),
          responseMask: take(rollouts.mask),
          oldLogProbs: take(seen.logProbs),
          oldValues: take(seen.values),
          advantages: take(seen.advantages),
          returns: take(seen.returns),
        };
        return { key: `/${columns}`, values };
      });
      const result = runStep(session, parts, {
        count: takeRows(rollouts.mask, rows, { width: rollouts.length }).reduce(
          (sum, real) => sum + real,
          0,
        ),
        adam: adamValues(options.updateCount + count + 1, options.learningRate, settings),
      });
      if (count === 0) firstRatio = result['ratio'] ?? NaN;
      for (const [name, value] of Object.entries(result))
        totals[name] = (totals[name] ?? 0) + value;
      epochKl += result['approximateKl'] ?? NaN;
      count += 1;
    }
    if (
      settings.kl.stopAt !== null &&
      epochKl / (rollouts.rows / settings.minibatchSize) > settings.kl.stopAt
    )
      break;
  }
  return {
    count,
    firstRatio,
    means: Object.fromEntries(Object.entries(totals).map(([name, total]) => [name, total / count])),
  };
}
