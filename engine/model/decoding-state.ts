import type { Sampling } from '../../recipe/sections/ppo.js';
import type { Scope, VariableSpec } from '../graph/program.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import type { SamplingShape } from './sampling.js';
import type { TrainableSplit } from './trainable-split.js';
import type { Weights } from './lora.js';

/** Sizes and choices that are fixed in the graphs of one generator. */
export interface DecodingShape extends SamplingShape {
  /** Most rows side by side. */
  batchSize: number;
  /** Prompts are left-padded to this; at least 2. */
  promptTokens: number;
  maxNewTokens: number;
  repetitionPenalty: number;
}

/** The shape of a generator that draws as the settings say; temperature 0 is greedy. */
export function decodingShapeOf(
  sampling: Sampling,
  sizes: { batchSize: number; promptTokens: number },
): DecodingShape {
  const { temperature, topK, topP, maxNewTokens, repetitionPenalty } = sampling;
  return { greedy: temperature === 0, topK, topP, maxNewTokens, repetitionPenalty, ...sizes };
}

/** Below this a smaller batch is hardly faster. */
const SMALLEST_LEVEL = 4;
const MOST_LEVELS = 3;
/** A level costs the first run of its graphs (about 0.2 s each), and half the rows take more than half the time. */
const LEVEL_RATIO = 4;
/** Rows come in whole vectors of this many; see `COLUMN_UNIT` in engine/kernels/kernels.h. */
const ROW_UNIT = 4;

const wholeVectors = (rows: number): number => Math.ceil(rows / ROW_UNIT) * ROW_UNIT;

/** Batch sizes that have graphs, falling, each about a quarter of the one before: rows that end let the rest move down. */
export function batchLevels(batchSize: number): number[] {
  const levels = [wholeVectors(batchSize)];
  while (levels.length < MOST_LEVELS && levels.at(-1)! > SMALLEST_LEVEL)
    levels.push(wholeVectors(levels.at(-1)! / LEVEL_RATIO));
  return levels;
}

/** The smallest level that holds the rows. */
export function levelFor(batchSize: number, rows: number): number {
  const levels = batchLevels(batchSize);
  return levels.findLast((level) => level >= rows) ?? levels[0]!;
}

/** One generator: its model and its sizes. */
export interface Decoder {
  config: BloomConfig;
  shape: DecodingShape;
  /** Adapters that are on. */
  split?: TrainableSplit | undefined;
}

/** What the next tokens are worked out from; `slot` is the place of the cache that the newest token takes, int32 scalar. */
export interface DecodeCall {
  scope: Scope;
  weights: Weights;
  slot: Tensor;
}

/** Group of the key/value caches; `prefill` or `move` sets every value of a level before `decode` reads it. */
const CACHE = 'cache';

export interface StateNames {
  key: (layer: number) => string;
  value: (layer: number) => string;
  /** ALiBi of every slot, and what keeps queries from padding; slots after the newest are not masked. */
  bias: string;
  token: string;
  /** Prompt and new tokens; padding and places not yet written repeat the prompt's last token. */
  ids: string;
}

/** Names of one level's state. */
export const stateNames = (level: number): StateNames => ({
  key: (layer) => `cache.${level}.key.${layer}`,
  value: (layer) => `cache.${level}.value.${layer}`,
  bias: `cache.${level}.bias`,
  token: `cache.${level}.token`,
  ids: `cache.${level}.ids`,
});

/** Places of a row's cache: of the prompt without its last token, which the first `decode` takes, and of the new ones. */
export function slotCount({ promptTokens, maxNewTokens }: DecodingShape): number {
  return promptTokens - 1 + maxNewTokens;
}

/**
 * Variables of one level.
 *
 * Shapes: keys and values [rows * heads, slots, headDim].
 */
export function stateVariables(
  { config, shape }: Decoder,
  level: number,
): Record<string, VariableSpec> {
  const names = stateNames(level);
  const rows = level * config.n_head;
  const headDim = config.hidden_size / config.n_head;
  const slots = slotCount(shape);
  const cache = { shape: [rows, slots, headDim], group: CACHE };
  const variables: Record<string, VariableSpec> = {};
  for (let layer = 0; layer < config.n_layer; layer += 1) {
    variables[names.key(layer)] = cache;
    variables[names.value(layer)] = cache;
  }
  variables[names.bias] = { shape: [rows, 1, slots], group: CACHE };
  variables[names.token] = { shape: [level], dtype: 'int32', group: CACHE };
  variables[names.ids] = {
    shape: [level, shape.promptTokens + shape.maxNewTokens],
    dtype: 'int32',
    group: CACHE,
  };
  return variables;
}
