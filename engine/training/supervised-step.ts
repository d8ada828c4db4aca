import { bucketOfRows, packRows } from '../batches/pack-rows.js';
import type { TokenRow } from '../prompts/template.js';
import type { Session } from '../graph/program.js';
import type { StepPart } from '../optim/optimiser-step.js';
import { guardStep } from './guards.js';
import type { StepReport } from './train.js';
import type { TrainingState } from './training-state.js';

/** How a method looks at its held-out rows. */
export interface Validation {
  /** How often in the whole training. */
  times: number;
  measure(): Record<string, number>;
}

/**
 * One step with a loss on known answers: an optimiser step, its guard and its metrics, and now and then a validation.
 *
 * Units: `count` is what the loss is divided by, counted tokens or rows.
 * @throws TrainingDivergedError if the loss is not finite or the gradients exploded.
 */
export function supervisedStep(
  state: TrainingState,
  batch: { parts: readonly StepPart[]; rows: readonly TokenRow[]; count: number },
  options: { guard: { maxGradientNorm: number | null }; validation: Validation },
): StepReport {
  const { learningRate, stepCount } = state;
  const outputs = state.optimiserStep(batch.parts, { count: batch.count });
  const { norm } = outputs;
  const loss = outputs['loss']!;
  guardStep(state.stepIndex, { loss, norm }, options.guard);
  state.endStep({
    'train/loss': loss,
    'train/grad_norm': norm,
    'train/learning_rate': learningRate,
  });
  const validateEvery = Math.max(1, Math.floor(stepCount / options.validation.times));
  if (state.stepIndex % validateEvery === 0 || state.stepIndex === stepCount)
    state.log(options.validation.measure());
  return {
    metric: { name: 'loss', value: loss },
    tokenCount: batch.rows.reduce((sum, row) => sum + row.ids.length, 0),
  };
}

/**
 * Mean cross-entropy over the counted tokens of held-out rows, nats a token, by the signatures `validate/<length>`.
 *
 * Rows are taken in order of length, in full batches; the last batch is filled with rows that count for nothing.
 */
export function validationLoss(
  session: Session,
  rows: readonly TokenRow[],
  options: { batchSize: number; maxTokens: number; padId: number },
): number {
  const sorted = [...rows].sort((a, b) => a.ids.length - b.ids.length);
  const empty: TokenRow = { ids: [options.padId, options.padId], counted: [0, 0] };
  let loss = 0;
  let counted = 0;
  for (let start = 0; start < sorted.length; start += options.batchSize) {
    const batch = sorted.slice(start, start + options.batchSize);
    while (batch.length < options.batchSize) batch.push(empty);
    const length = bucketOfRows(batch, options.maxTokens);
    const values = packRows(batch, length, options.padId);
    loss += session.run(`validate/${length}`, values)['loss']![0]!;
    counted += batch.reduce((sum, row) => sum + row.counted.slice(1).filter(Boolean).length, 0);
  }
  return counted === 0 ? 0 : loss / counted;
}
