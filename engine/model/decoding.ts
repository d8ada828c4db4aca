import { InputInvalidError } from '../../files/input-invalid-error.js';
import { kernelsInUse } from '../graph/binding.js';
import { gatherRows } from '../graph/operations.js';
import type { Program, Scope, Signature, VariableSpec } from '../graph/program.js';
import { tf, type Tensor } from '../tensor.js';
import { alibiRow, alibiSlopes, attentionBias, keyPositions } from './alibi.js';
import { attend, block, embed, mergeHeads, projectHeads } from './bloom.js';
import type { Weights } from './lora.js';
import { nextByColumns, nextByRows } from './next-token.js';
import {
  batchLevels,
  slotCount,
  stateNames,
  stateVariables,
  type Decoder,
} from './decoding-state.js';
import { withAdapters } from './trainable-split.js';

function weightsOf(scope: Scope, { split }: Decoder): Weights {
  const weights: Weights = (name) => scope.variable(name);
  return split ? withAdapters(weights, split) : weights;
}

/** ALiBi of prompt and new tokens, padding masked. Shapes: mask [level, prompt]; returns [level * heads, 1, slots]. */
function slotBias(mask: Tensor, decoder: Decoder): Tensor {
  const [level, prompt] = mask.shape as [number, number];
  const fresh = tf.ones([level, slotCount(decoder.shape) - prompt]);
  const all = tf.concat([mask, fresh], 1);
  return alibiRow(keyPositions(all), all, alibiSlopes(decoder.config.n_head));
}

/** Reads all prompt tokens but the last, which the first `decode` takes. */
function prefill(decoder: Decoder, level: number): Signature['body'] {
  const { config, shape } = decoder;
  const names = stateNames(level);
  const inner = shape.promptTokens - 1;
  return (scope) => {
    const weights = weightsOf(scope, decoder);
    const ids = scope.feed('ids');
    const mask = scope.feed('mask').slice([0, 0], [level, inner]);
    const bias = attentionBias(keyPositions(mask), mask, alibiSlopes(config.n_head));
    scope.assign(names.bias, slotBias(mask, decoder));
    const last = ids.slice([0, inner], [level, 1]);
    scope.assign(names.token, last.reshape([level]));
    // Padding and places not yet written hold a token the row has, so that they add none to those seen.
    const seen = tf.where(scope.feed('mask').cast('bool'), ids, last);
    scope.assign(names.ids, tf.concat([seen, last.tile([1, shape.maxNewTokens])], 1));
    let x = embed(weights, ids.slice([0, 0], [level, inner]).reshape([-1]), config);
    const headDim = config.hidden_size / config.n_head;
    const room = tf.zeros([level * config.n_head, shape.maxNewTokens, headDim]);
    for (let layer = 0; layer < config.n_layer; layer += 1) {
      const context = (normed: Tensor): Tensor => {
        const heads = projectHeads(weights, `transformer.h.${layer}`, {
          x: normed,
          batch: level,
          config,
        });
        scope.assign(names.key(layer), tf.concat([heads.key, room], 1));
        scope.assign(names.value(layer), tf.concat([heads.value, room], 1));
        return mergeHeads(attend(heads, bias), level, config);
      };
      x = block(weights, `transformer.h.${layer}`, { x, config, context });
    }
    return { token: last };
  };
}

/** Draws one token a row. */
function decode(decoder: Decoder, level: number): Signature['body'] {
  return (scope) => {
    const nextTokens = kernelsInUse() ? nextByColumns : nextByRows;
    const weights = weightsOf(scope, decoder);
    const first = tf.scalar(decoder.shape.promptTokens - 1, 'int32');
    const next = nextTokens(decoder, level, {
      scope,
      weights,
      slot: scope.feed('slot').add(first),
    });
    scope.assign(stateNames(level).token, next);
    return { token: next };
  };
}

/** Copies chosen rows of one level's state into another level's. */
function move(decoder: Decoder, way: [number, number]): Signature['body'] {
  const [from, to] = way;
  const target = stateVariables(decoder, to);
  const sources = Object.keys(stateVariables(decoder, from));
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
 * `prefill/<rows>` reads left-padded prompts (ids int32 and mask [rows, prompt]); `decode/<rows>` draws the token of
 * position `slot` (int32 scalar) at `uniform` [rows] and `temperature` (scalar) and returns `token` int32 [rows];
 * `move/<from>/<to>` copies the state of `rows` (int32 [to]) of one level to the next.
 */
export function decodingProgram(decoder: Decoder): Program {
  const { shape } = decoder;
  if (shape.promptTokens < 2 || shape.maxNewTokens < 1)
    throw new InputInvalidError(
      `generation: expected room for 2 prompt tokens and 1 new one, found ${shape.promptTokens} and ${shape.maxNewTokens}`,
    );
  const levels = batchLevels(shape.batchSize);
  const variables: Record<string, VariableSpec> = {};
  const signatures: Record<string, Signature> = {};
  for (const [index, level] of levels.entries()) {
    Object.assign(variables, stateVariables(decoder, level));
    const promptShape = [level, shape.promptTokens];
    signatures[`prefill/${level}`] = {
      feeds: {
        ids: { shape: promptShape, dtype: 'int32' },
        mask: { shape: promptShape, dtype: 'float32' },
      },
      body: prefill(decoder, level),
    };
    signatures[`decode/${level}`] = {
      feeds: {
        slot: { shape: [], dtype: 'int32' },
        uniform: { shape: [level], dtype: 'float32' },
        temperature: { shape: [], dtype: 'float32' },
      },
      body: decode(decoder, level),
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
        body: move(decoder, [from, to]),
      };
  }
  return { variables, signatures };
}
