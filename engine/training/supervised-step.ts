import { bucketOfRows, countedTokens, packRows } from '../batches/pack-rows.js';
import type { TokenRow } from '../prompts/template.js';
import type { Session, Values } from '../graph/program.js';
import { partsOf } from '../optim/optimiser-step.js';
import { guardStep } from './guards.js';
import type { StepReport } from './train.js';
import type { TrainingState } from './training-state.js';

/** What a method with a loss on known answers says of its steps. */
export interface SupervisedMethod<Row extends TokenRow> {
  settings: {
    maxTokens: number;
    /** Absent: a step is one call. */
    gradientAccumulationSteps?: number;
    guard: { maxGradientNorm: number | null };
  };
  /** What is fed of rows that are padded to `length`. */
  pack: (rows: readonly Row[], length: number) => Values;
  /** How often held-out rows are looked at in the whole training, and how. */
  validation: { times: number; measure: () => Record<string, number> };
}

/**
 * One step with a loss on known answers: an optimiser step, its guard and its metrics, and now and then a validation.
 *
 * Units: `count` is what the loss is divided by, counted tokens or rows.
 * @throws TrainingDivergedError if the loss is not finite or the gradients exploded.
 */
export function supervisedStep<Row extends TokenRow>(
  state: TrainingState,
  { rows, count }: { rows: readonly Row[]; count: number },
  { settings, pack, validation }: SupervisedMethod<Row>,
): StepReport {
  const { learningRate, stepCount } = state;
  const parts = partsOf(rows, settings.gradientAccumulationSteps ?? 1).map((part) => {
    const length = bucketOfRows(part, settings.maxTokens);
    return { key: `/${length}`, values: pack(part, length) };
  });
  const outputs = state.optimiserStep(parts, { count });
  guardStep(state.stepIndex, outputs, settings.guard);
  const loss = outputs['loss']!;
  state.endStep({
    'train/loss': loss,
    'train/grad_norm': outputs.norm,
    'train/learning_rate': learningRate,
  });
  const validateEvery = Math.max(1, Math.floor(stepCount / validation.times));
  if (state.stepIndex % validateEvery === 0 || state.stepIndex === stepCount)
    state.log(validation.measure());
  return {
    metric: { name: 'loss', value: loss },
    tokenCount: rows.reduce((sum, row) => sum + row.ids.length, 0),
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
    counted += countedTokens(batch);
  }
  return counted === 0 ? 0 : loss / counted;
}
