import { InputInvalidError } from '../../files/input-invalid-error.js';
import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import type { VariableSpec } from '../graph/program.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { bloomShapes } from './bloom.js';
import { loraShapes, type Weights } from './lora.js';

/** Group of the weights that stay as they were loaded. */
export const FROZEN = 'frozen';

/** Which weights a training changes. */
export interface TrainableSplit {
  trained: Record<string, number[]>;
  frozen: Record<string, number[]>;
  /** All blocks below this one, and the embedding, are frozen; undefined when the embedding is trained. */
  firstBlock: number | undefined;
  /** See {@link Weights}; undefined without adapters. */
  adapterScale: Weights['adapterScale'];
}

/**
 * Which of a model's weights are trained: all, or those of the last blocks with the last norm, or adapters; heads always.
 *
 * @throws InputInvalidError when `trainTopBlocks` is more than the model has.
 */
export function splitWeights(
  config: BloomConfig,
  size: Pick<TrainingSize, 'trainTopBlocks' | 'lora'> | undefined,
  heads: Record<string, number[]>,
): TrainableSplit {
  const shapes = bloomShapes(config);
  const lora = size?.lora ?? null;
  const topBlocks = size?.trainTopBlocks ?? null;
  if (topBlocks !== null && topBlocks > config.n_layer)
    throw new InputInvalidError(
      `trainTopBlocks: expected at most the model's ${config.n_layer} blocks, found ${topBlocks}`,
    );
  if (lora === null && topBlocks === null)
    return {
      trained: { ...shapes, ...heads },
      frozen: {},
      firstBlock: undefined,
      adapterScale: undefined,
    };
  const firstBlock = config.n_layer - (topBlocks ?? config.n_layer);
  if (lora === null) {
    const isTrained = (name: string): boolean =>
      name.startsWith('transformer.ln_f.') ||
      Number(/^transformer\.h\.(\d+)\./.exec(name)?.[1] ?? -1) >= firstBlock;
    const part = (wanted: boolean): Record<string, number[]> =>
      Object.fromEntries(Object.entries(shapes).filter(([name]) => isTrained(name) === wanted));
    return {
      trained: { ...part(true), ...heads },
      frozen: part(false),
      firstBlock,
      adapterScale: undefined,
    };
  }
  const adapters = loraShapes(config, lora, { shapes, firstBlock });
  const scale = lora.alpha / lora.rank;
  return {
    trained: { ...adapters, ...heads },
    frozen: shapes,
    firstBlock,
    adapterScale: (matrix) => (`${matrix}.lora_A.weight` in adapters ? scale : undefined),
  };
}

/** Variables of both parts: the trained weights' in `group`. */
export function splitVariables(split: TrainableSplit, group: string): Record<string, VariableSpec> {
  return {
    ...weightVariables(split.trained, group),
    ...weightVariables(split.frozen, FROZEN),
  };
}

/** Variables for named weights of one group. */
export function weightVariables(
  shapes: Record<string, number[]>,
  group: string,
): Record<string, VariableSpec> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, group }]),
  );
}

/** The same weights with the adapters on. */
export function withAdapters(weights: Weights, split: TrainableSplit): Weights {
  const { adapterScale } = split;
  if (!adapterScale) return weights;
  return Object.assign((name: string) => weights(name), {
    ...(weights.trained ? { trained: weights.trained } : {}),
    adapterScale,
  });
}
