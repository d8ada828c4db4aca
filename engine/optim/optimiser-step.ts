import {
  zeroGroup,
  type FeedSpec,
  type Program,
  type Scope,
  type Session,
  type Signature,
  type Values,
  type VariableSpec,
} from '../graph/program.js';
import { tf, type Tensor } from '../tensor.js';
import { adamFeeds, applyAdamW, MOMENTS, type AdamSettings } from './adamw.js';

/** Group of the gradients that wait for the rest of their step; all zero between steps, so no part of a checkpoint. */
export const GRADIENTS = 'gradients';

const waiting = (name: string): string => `gradient.${name}`;

/** Everything an optimiser step needs besides the loss. */
export interface OptimiserStep {
  /** Names and shapes of the trained weights. */
  trained: Record<string, number[]>;
  settings: AdamSettings;
  rateFactors?: Record<string, number>;
  /** Parts of one step; 1 takes the whole step in one call. */
  gradientAccumulationSteps: number;
}

/** Variables for the gradients of a step's earlier parts; none when a step has one part. */
export function gradientVariables(step: OptimiserStep): Record<string, VariableSpec> {
  if (step.gradientAccumulationSteps === 1) return {};
  return Object.fromEntries(
    Object.entries(step.trained).map(([name, shape]) => [
      waiting(name),
      { shape, group: GRADIENTS },
    ]),
  );
}

/** Sets the optimiser to what it is before the first step: no moments, and no gradients that wait. */
export function resetOptimiser(session: Session, program: Program): void {
  const variables = Object.values(program.variables);
  for (const group of [MOMENTS, GRADIENTS])
    if (variables.some((variable) => variable.group === group)) zeroGroup(session, program, group);
}

/**
 * Signature `train<key>`: one optimiser step a call, returns the outputs and `norm`. When a step has several parts,
 * `accumulate<key>` with the feed `count`, to be called for each part, and `apply`.
 *
 * The body divides by `count(ownCount)`: what the call itself holds, or the fed count of the whole step. So k parts of b
 * rows make the step of k b rows, however their tokens are spread. A count of 0 divides by 1: loss and gradients are 0,
 * not NaN.
 */
export function stepSignatures(
  step: OptimiserStep,
  call: {
    key: string;
    feeds: Record<string, FeedSpec>;
    /** The loss and every output are sums over the part divided by the count of the whole step. */
    body(
      scope: Scope,
      count: (ownCount: () => Tensor) => Tensor,
    ): Record<'gradients' | 'outputs', Record<string, Tensor>>;
  },
): Record<string, Signature> {
  if (step.gradientAccumulationSteps === 1) {
    const train: Signature = {
      feeds: { ...call.feeds, ...adamFeeds },
      body: (scope) => {
        const { gradients, outputs } = call.body(scope, (ownCount) => tf.maximum(ownCount(), 1));
        return { ...outputs, norm: applyAdamW(scope, gradients, step) };
      },
    };
    return { [`train${call.key}`]: train };
  }
  const accumulate: Signature = {
    feeds: { ...call.feeds, count: { shape: [], dtype: 'float32' } },
    body: (scope) => {
      const { gradients, outputs } = call.body(scope, () => scope.feed('count'));
      for (const [name, gradient] of Object.entries(gradients))
        scope.assign(waiting(name), scope.variable(waiting(name)).add(gradient));
      return outputs;
    },
  };
  const apply: Signature = {
    feeds: adamFeeds,
    body: (scope) => {
      const gradients = Object.fromEntries(
        Object.keys(step.trained).map((name) => [name, scope.variable(waiting(name))]),
      );
      const norm = applyAdamW(scope, gradients, step);
      for (const [name, shape] of Object.entries(step.trained))
        scope.assign(waiting(name), tf.zeros(shape));
      return { norm };
    },
  };
  return { [`accumulate${call.key}`]: accumulate, apply };
}

/** Rows of one call of a step: `key` chooses the signature. */
export interface StepPart {
  key: string;
  values: Values;
}

/** What a step gives: the norm of its gradients before clipping, its loss and what else its signature has. */
export interface StepOutputs {
  norm: number;
  [output: string]: number;
}

/**
 * Runs one optimiser step by the signatures of {@link stepSignatures}; returns the outputs, summed over the parts, and `norm`.
 *
 * Units: `count` is what the loss of the whole step is divided by, tokens or rows.
 */
export function runStep(
  session: Session,
  parts: readonly StepPart[],
  options: { count: number; adam: Values },
): StepOutputs {
  const [first] = parts;
  if (parts.length === 1 && first)
    return firstNumbers(session.run(`train${first.key}`, { ...first.values, ...options.adam }));
  const sums: Record<string, number> = {};
  const count = Float32Array.of(Math.max(options.count, 1));
  for (const { key, values } of parts) {
    const outputs = firstNumbers(session.run(`accumulate${key}`, { ...values, count }));
    for (const [name, value] of Object.entries(outputs)) sums[name] = (sums[name] ?? 0) + value;
  }
  return { ...sums, ...firstNumbers(session.run('apply', options.adam)) };
}

/** The scalars that a signature returns; each that ends a step has `norm`. */
function firstNumbers(values: Values): StepOutputs {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, value[0]!]),
  ) as StepOutputs;
}

/** Rows in equal parts, in their order. @throws Error if they do not divide. */
export function partsOf<Row>(rows: readonly Row[], count: number): Row[][] {
  if (rows.length % count !== 0)
    throw new Error(
      `gradientAccumulationSteps: expected a divisor of the ${rows.length} rows of a step, found ${count}`,
    );
  const size = rows.length / count;
  return Array.from({ length: count }, (_, index) => rows.slice(index * size, (index + 1) * size));
}
