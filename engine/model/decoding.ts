import type { FeedSpec, Program, Scope, Signature, VariableSpec } from '../graph/program.js';
import { tf } from '../tensor.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { alibiRow, alibiSlopes, attentionBias, keyPositions, MASKED } from './alibi.js';
import {
  attend,
  block,
  embed,
  finalNorm,
  languageHead,
  mergeHeads,
  projectHeads,
} from './bloom.js';
import type { Heads, Weights } from './bloom.js';
import { penaliseRepeats, sampleTokens } from './sampling.js';
import type { SamplingShape } from './sampling.js';

/** Sizes and choices that are fixed in the graphs of one generator. */
export interface DecodingShape extends SamplingShape {
  batchSize: number;
  promptTokens: number;
  maxNewTokens: number;
  repetitionPenalty: number;
}

/** Group of the key/value cache; every value is set by `prefill`. */
export const CACHE = 'cache';

const keyCache = (layer: number): string => `cache.key.${layer}`;
const valueCache = (layer: number): string => `cache.value.${layer}`;

function cacheVariables(config: BloomConfig, shape: DecodingShape): Record<string, VariableSpec> {
  const rows = shape.batchSize * config.n_head;
  const slots = shape.promptTokens + shape.maxNewTokens;
  const cache = { shape: [rows, slots, config.hidden_size / config.n_head], group: CACHE };
  const layers = Array.from({ length: config.n_layer }, (_, layer): [string, VariableSpec][] => [
    [keyCache(layer), cache],
    [valueCache(layer), cache],
  ]);
  return {
    ...Object.fromEntries(layers.flat()),
    'cache.bias': { shape: [rows, 1, slots], group: CACHE },
    'cache.token': { shape: [shape.batchSize], dtype: 'int32', group: CACHE },
    ...(shape.repetitionPenalty > 1
      ? { 'cache.seen': { shape: [shape.batchSize, config.vocab_size], group: CACHE } }
      : {}),
  };
}

/** Draws the next tokens and remembers them. Shapes: logits [batch, vocab]; returns int32 [batch]. */
function nextTokens(
  scope: Scope,
  logits: Tensor,
  options: { shape: DecodingShape; seen: Tensor | undefined },
): Tensor {
  const { shape, seen } = options;
  const allowed = seen ? penaliseRepeats(logits, seen, shape.repetitionPenalty) : logits;
  const token = sampleTokens(
    allowed,
    { uniform: scope.feed('uniform'), temperature: scope.feed('temperature') },
    shape,
  );
  scope.assign('cache.token', token);
  if (seen)
    scope.assign(
      'cache.seen',
      tf.maximum(seen, tf.oneHot(token as never, logits.shape[1]!, 1, 0, 'float32')),
    );
  return token;
}

function prefill(config: BloomConfig, shape: DecodingShape): Signature['body'] {
  const { batchSize: batch, promptTokens, maxNewTokens } = shape;
  const slopes = alibiSlopes(config.n_head);
  return (scope) => {
    const weights: Weights = (name) => scope.variable(name);
    const ids = scope.feed('ids');
    const mask = scope.feed('mask');
    const allMask = tf.concat([mask, tf.ones([batch, maxNewTokens])], 1);
    scope.assign('cache.bias', alibiRow(keyPositions(allMask), allMask, slopes));
    const bias = attentionBias(keyPositions(mask), mask, slopes);
    const padded = (rows: Tensor): Tensor =>
      tf.pad(rows, [
        [0, 0],
        [0, maxNewTokens],
        [0, 0],
      ]);
    let x = embed(weights, ids.reshape([-1]), config);
    for (let layer = 0; layer < config.n_layer; layer += 1) {
      const context = (normed: Tensor): Tensor => {
        const heads = projectHeads(weights, `transformer.h.${layer}`, { x: normed, batch, config });
        scope.assign(keyCache(layer), padded(heads.key));
        scope.assign(valueCache(layer), padded(heads.value));
        return mergeHeads(attend(heads, bias), batch, config);
      };
      x = block(weights, `transformer.h.${layer}`, { x, config, context });
    }
    const last = x
      .reshape([batch, promptTokens, config.hidden_size])
      .slice([0, promptTokens - 1, 0], [-1, 1, -1])
      .reshape([batch, config.hidden_size]);
    const logits = languageHead(weights, finalNorm(weights, last, config));
    const seen =
      shape.repetitionPenalty > 1
        ? tf.oneHot(ids as never, config.vocab_size, 1, 0, 'float32').max(1)
        : undefined;
    return { token: nextTokens(scope, logits, { shape, seen }) };
  };
}

function decode(config: BloomConfig, shape: DecodingShape): Signature['body'] {
  const batch = shape.batchSize;
  const rows = batch * config.n_head;
  const slots = shape.promptTokens + shape.maxNewTokens;
  return (scope) => {
    const weights: Weights = (name) => scope.variable(name);
    const slot = scope.feed('slot');
    const place = tf.stack(
      [
        tf.tensor1d(
          Array.from({ length: rows }, (_, row) => row),
          'int32',
        ),
        tf.onesLike(tf.zeros([rows], 'int32')).mul(slot),
      ],
      1,
    );
    const future = tf
      .cast(
        tf.greater(
          tf.tensor1d(
            Array.from({ length: slots }, (_, index) => index),
            'int32',
          ),
          slot,
        ),
        'float32',
      )
      .mul(MASKED);
    const bias = scope.variable('cache.bias').add(future.reshape([1, 1, slots]));
    let x = embed(weights, scope.variable('cache.token'), config);
    for (let layer = 0; layer < config.n_layer; layer += 1) {
      const context = (normed: Tensor): Tensor => {
        const heads = projectHeads(weights, `transformer.h.${layer}`, { x: normed, batch, config });
        const all: Heads = {
          query: heads.query,
          key: scope.updateRows(keyCache(layer), place, heads.key.reshape([rows, -1])),
          value: scope.updateRows(valueCache(layer), place, heads.value.reshape([rows, -1])),
        };
        return mergeHeads(attend(all, bias), batch, config);
      };
      x = block(weights, `transformer.h.${layer}`, { x, config, context });
    }
    const logits = languageHead(weights, finalNorm(weights, x, config));
    const seen = shape.repetitionPenalty > 1 ? scope.variable('cache.seen') : undefined;
    return { token: nextTokens(scope, logits, { shape, seen }) };
  };
}

/**
 * Generation with a key/value cache in variables: `prefill` reads left-padded prompts and draws the first tokens,
 * `decode` writes the last tokens' keys and values at `slot` and draws the next.
 *
 * Feeds: ids int32 and mask [batch, prompt]; slot int32 scalar; uniform [batch]; temperature scalar. Both return `token` int32 [batch].
 */
export function decodingProgram(config: BloomConfig, shape: DecodingShape): Program {
  const drawFeeds: Record<string, FeedSpec> = {
    uniform: { shape: [shape.batchSize], dtype: 'float32' },
    temperature: { shape: [], dtype: 'float32' },
  };
  const promptShape = [shape.batchSize, shape.promptTokens];
  return {
    variables: cacheVariables(config, shape),
    signatures: {
      prefill: {
        feeds: {
          ids: { shape: promptShape, dtype: 'int32' },
          mask: { shape: promptShape, dtype: 'float32' },
          ...drawFeeds,
        },
        body: prefill(config, shape),
      },
      decode: {
        feeds: { slot: { shape: [], dtype: 'int32' }, ...drawFeeds },
        body: decode(config, shape),
      },
    },
  };
}
