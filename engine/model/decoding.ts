import { InputInvalidError } from '../../contracts/errors.js';
import { gatherRows } from '../graph/operations.js';
import type { FeedSpec, Program, Scope, Signature, VariableSpec } from '../graph/program.js';
import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { alibiRow, alibiSlopes, attentionBias, keyPositions, MASKED } from './alibi.js';
import { attend, block, embed, finalNorm, mergeHeads, projectHeads } from './bloom.js';
import type { Weights } from './bloom.js';
import { cachedBlock, productRows } from './cached-block.js';
import { batchLevels, chunkSizes } from './decoding-layout.js';
import type { DecodingShape } from './decoding-layout.js';
import { penaliseRepeats, sampleTokens } from './sampling.js';

export type { DecodingShape } from './decoding-layout.js';

/** Group of the key/value caches; `prefill` or `move` sets every value of a level before `decode` reads it. */
const CACHE = 'cache';

/** Names of one level's state. Part 0 is the prompt without its last token, later parts hold new tokens. */
const stateOf = (level: number) => ({
  key: (layer: number, part: number): string => `cache.${level}.key.${layer}.${part}`,
  value: (layer: number, part: number): string => `cache.${level}.value.${layer}.${part}`,
  promptBias: `cache.${level}.prompt-bias`,
  /** Real prompt tokens before the last. */
  start: `cache.${level}.start`,
  token: `cache.${level}.token`,
  /** Prompt and new tokens; padding and places not yet written repeat the prompt's last token. */
  ids: `cache.${level}.ids`,
});

function stateVariables(
  config: BloomConfig,
  shape: DecodingShape,
  level: number,
): Record<string, VariableSpec> {
  const names = stateOf(level);
  const rows = level * config.n_head;
  const headDim = config.hidden_size / config.n_head;
  const prompt = shape.promptTokens - 1;
  const variables: Record<string, VariableSpec> = {};
  for (let layer = 0; layer < config.n_layer; layer += 1) {
    for (const [part, slots] of [prompt, ...chunkSizes(shape.maxNewTokens)].entries()) {
      const values = { shape: [rows, slots, headDim], group: CACHE };
      variables[names.key(layer, part)] =
        part === 0 ? { shape: [rows, headDim, slots], group: CACHE } : values;
      variables[names.value(layer, part)] = values;
    }
  }
  variables[names.promptBias] = { shape: [rows, 1, prompt], group: CACHE };
  variables[names.start] = { shape: [level], group: CACHE };
  variables[names.token] = { shape: [level], dtype: 'int32', group: CACHE };
  if (shape.repetitionPenalty !== 1)
    variables[names.ids] = {
      shape: [level, shape.promptTokens + shape.maxNewTokens],
      dtype: 'int32',
      group: CACHE,
    };
  return variables;
}

/** Reads all prompt tokens but the last, which the first `decode` takes. */
function prefill(config: BloomConfig, shape: DecodingShape, level: number): Signature['body'] {
  const names = stateOf(level);
  const inner = shape.promptTokens - 1;
  const slopes = alibiSlopes(config.n_head);
  return (scope) => {
    const weights: Weights = (name) => scope.variable(name);
    const ids = scope.feed('ids');
    const mask = scope.feed('mask').slice([0, 0], [level, inner]);
    const positions = keyPositions(mask);
    const bias = attentionBias(positions, mask, slopes);
    scope.assign(names.promptBias, alibiRow(positions, mask, slopes));
    scope.assign(names.start, mask.sum(-1));
    const last = ids.slice([0, inner], [level, 1]);
    scope.assign(names.token, last.reshape([level]));
    if (shape.repetitionPenalty !== 1) {
      // Padding and places not yet written hold a token the row has, so that they add none to those seen.
      const seen = tf.where(scope.feed('mask').cast('bool'), ids, last);
      scope.assign(names.ids, tf.concat([seen, last.tile([1, shape.maxNewTokens])], 1));
    }
    let x = embed(weights, ids.slice([0, 0], [level, inner]).reshape([-1]), config);
    for (let layer = 0; layer < config.n_layer; layer += 1) {
      const context = (normed: Tensor): Tensor => {
        const heads = projectHeads(weights, `transformer.h.${layer}`, {
          x: normed,
          batch: level,
          config,
        });
        scope.assign(names.key(layer, 0), heads.key.transpose([0, 2, 1]));
        scope.assign(names.value(layer, 0), heads.value);
        return mergeHeads(attend(heads, bias), level, config);
      };
      x = block(weights, `transformer.h.${layer}`, { x, config, context });
      for (const [index, slots] of chunkSizes(shape.maxNewTokens).entries()) {
        const empty = tf.zeros([level * config.n_head, slots, config.hidden_size / config.n_head]);
        scope.assign(names.key(layer, index + 1), empty);
        scope.assign(names.value(layer, index + 1), empty);
      }
    }
    return { token: last };
  };
}

/** ALiBi of the new tokens' slots, and what keeps a query from the slots after `slot`. Returns [level * heads, 1, slots]. */
function newSlotsBias(
  start: Tensor,
  slot: Tensor,
  options: { slots: number; slopes: number[] },
): Tensor {
  const { slots, slopes } = options;
  const numbers = Array.from({ length: slots }, (_, index) => index);
  const future = tf.cast(tf.greater(tf.tensor1d(numbers, 'int32'), slot), 'float32').mul(MASKED);
  return start
    .reshape([-1, 1, 1])
    .add(tf.tensor(numbers, [1, 1, slots], 'float32'))
    .mul(tf.tensor(slopes, [1, slopes.length, 1]))
    .add(future.reshape([1, 1, slots]))
    .reshape([-1, 1, slots]);
}

/** For each of `rows` rows the place (row, column), int32 [rows, 2]; column is a scalar. */
function places(rows: number, column: Tensor): Tensor {
  const numbers = tf.tensor1d(
    Array.from({ length: rows }, (_, row) => row),
    'int32',
  );
  return tf.stack([numbers, tf.zerosLike(numbers).add(column)], 1);
}

/** Draws one token a row with `chunks` parts of the new tokens' cache begun. */
function decode(
  config: BloomConfig,
  shape: DecodingShape,
  at: { level: number; chunks: number },
): Signature['body'] {
  const { level, chunks } = at;
  const names = stateOf(level);
  const sizes = chunkSizes(shape.maxNewTokens).slice(0, chunks);
  const slots = sizes.reduce((sum, size) => sum + size, 0);
  const begin = slots - sizes.at(-1)!;
  const parts = Array.from({ length: chunks }, (_, part) => part);
  return (scope) => {
    const weights: Weights = (name) => scope.variable(name);
    const slot = scope.feed('slot');
    const place = places(level * config.n_head, slot.sub(tf.scalar(begin, 'int32')));
    const newBias = newSlotsBias(scope.variable(names.start), slot, {
      slots,
      slopes: alibiSlopes(config.n_head),
    });
    const bias = tf.concat([scope.variable(names.promptBias), newBias], 2);
    const read = (variable: typeof names.key, layer: number, fresh: Tensor): Tensor[] => [
      ...parts.map((part) => scope.variable(variable(layer, part))),
      scope.updateRows(variable(layer, chunks), place, fresh),
    ];
    const token = scope.variable(names.token);
    let x = embed(weights, token, config);
    for (let layer = 0; layer < config.n_layer; layer += 1) {
      const store = (key: Tensor, value: Tensor) => ({
        keys: read(names.key, layer, key),
        values: read(names.value, layer, value),
      });
      x = cachedBlock(weights, `transformer.h.${layer}`, { x, bias, config, store });
    }
    const logits = productRows(
      weights('transformer.word_embeddings.weight'),
      finalNorm(weights, x, config),
    );
    const next = drawTokens(scope, logits, { shape, names, token });
    scope.assign(names.token, next);
    return { token: next };
  };
}

function drawTokens(
  scope: Scope,
  logits: Tensor,
  options: { shape: DecodingShape; names: ReturnType<typeof stateOf>; token: Tensor },
): Tensor {
  const { shape, names, token } = options;
  let allowed = logits;
  if (shape.repetitionPenalty !== 1) {
    const column = scope.feed('slot').add(tf.scalar(shape.promptTokens - 1, 'int32'));
    const seen = scope.updateRows(names.ids, places(logits.shape[0], column), token);
    allowed = penaliseRepeats(logits, seen, shape.repetitionPenalty);
  }
  const draw = { uniform: scope.feed('uniform'), temperature: scope.feed('temperature') };
  return sampleTokens(allowed, draw, shape);
}

/** Copies chosen rows of one level's state into another level's. */
function move(config: BloomConfig, shape: DecodingShape, way: [number, number]): Signature['body'] {
  const [from, to] = way;
  const target = stateVariables(config, shape, to);
  const sources = Object.keys(stateVariables(config, shape, from));
  return (scope) => {
    const rows = scope.feed('rows');
    for (const [index, [name, spec]] of Object.entries(target).entries()) {
      const source = scope.variable(sources[index]!).reshape([from, -1]);
      // int32 goes through float32: token ids and counts are far below 2^24.
      const taken = gatherRows(tf.cast(source, 'float32'), rows).reshape(spec.shape);
      scope.assign(name, spec.dtype === 'int32' ? tf.cast(taken, 'int32') : taken);
    }
    return { rows };
  };
}

/**
 * Generation with key/value caches in variables, one set for each of the `batchLevels`.
 *
 * `prefill/<rows>` reads left-padded prompts (ids int32 and mask [rows, prompt]); `decode/<rows>/<chunks>` draws the
 * token of position `slot` (int32 scalar) at `uniform` [rows] and `temperature` (scalar) and returns `token` int32
 * [rows]; `move/<from>/<to>` copies the state of `rows` (int32 [to]) of one level to the next.
 */
export function decodingProgram(config: BloomConfig, shape: DecodingShape): Program {
  if (shape.promptTokens < 2 || shape.maxNewTokens < 1)
    throw new InputInvalidError(
      `generation: expected room for 2 prompt tokens and 1 new one, found ${shape.promptTokens} and ${shape.maxNewTokens}`,
    );
  const levels = batchLevels(shape.batchSize);
  const variables: Record<string, VariableSpec> = {};
  const signatures: Record<string, Signature> = {};
  for (const [index, level] of levels.entries()) {
    Object.assign(variables, stateVariables(config, shape, level));
    const promptShape = [level, shape.promptTokens];
    signatures[`prefill/${level}`] = {
      feeds: {
        ids: { shape: promptShape, dtype: 'int32' },
        mask: { shape: promptShape, dtype: 'float32' },
      },
      body: prefill(config, shape, level),
    };
    const feeds: Record<string, FeedSpec> = {
      slot: { shape: [], dtype: 'int32' },
      uniform: { shape: [level], dtype: 'float32' },
      temperature: { shape: [], dtype: 'float32' },
    };
    for (let chunks = 1; chunks <= chunkSizes(shape.maxNewTokens).length; chunks += 1)
      signatures[`decode/${level}/${chunks}`] = {
        feeds,
        body: decode(config, shape, { level, chunks }),
      };
    const next = levels[index + 1];
    for (const [from, to] of next === undefined
      ? []
      : ([
          [level, next],
          [next, level],
        ] as const))
      signatures[`move/${from}/${to}`] = {
        feeds: { rows: { shape: [to], dtype: 'int32' } },
        body: move(config, shape, [from, to]),
      };
  }
  return { variables, signatures };
}
