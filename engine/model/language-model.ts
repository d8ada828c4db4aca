import type { FeedSpec, Program, Scope, Signature, VariableSpec } from '../graph/program.js';
import { sparseCrossEntropy } from '../graph/operations.js';
import { adamFeeds, adamVariables, applyAdamW, namedGradients } from '../optim/adamw.js';
import type { AdamSettings } from '../optim/adamw.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { bloomShapes, bloomTrunk, languageHead } from './bloom.js';
import type { Weights } from './bloom.js';

/** Group of the policy's weights. */
export const POLICY = 'policy';

/** Variables for named weights of one group. */
export function weightVariables(
  shapes: Record<string, number[]>,
  group: string,
): Record<string, VariableSpec> {
  return Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [name, { shape, group }]),
  );
}

function batchFeeds(batch: number, length: number): Record<string, FeedSpec> {
  return {
    ids: { shape: [batch, length], dtype: 'int32' },
    mask: { shape: [batch, length], dtype: 'float32' },
    labels: { shape: [batch * length], dtype: 'int32' },
    lossWeight: { shape: [batch * length], dtype: 'float32' },
  };
}

/** Sum of the counted tokens' cross-entropy, nats, as a scalar. */
function summedLoss(weights: Weights, config: BloomConfig, scope: Scope): Tensor {
  const hidden = bloomTrunk(weights, config, { ids: scope.feed('ids'), mask: scope.feed('mask') });
  return sparseCrossEntropy(languageHead(weights, hidden), scope.feed('labels'))
    .mul(scope.feed('lossWeight'))
    .sum();
}

/**
 * Language-model training of BLOOM: signatures `train/<length>` (loss, norm) and `validate/<length>` (loss summed over
 * counted tokens) for each batch length.
 *
 * The training loss is the mean over the counted tokens of the batch.
 */
export function languageModelProgram(
  config: BloomConfig,
  options: { batchSize: number; lengths: number[]; adam: AdamSettings },
): Program {
  const shapes = bloomShapes(config);
  const names = Object.keys(shapes);
  const signatures: Record<string, Signature> = {};
  for (const length of options.lengths) {
    const feeds = batchFeeds(options.batchSize, length);
    signatures[`train/${length}`] = {
      feeds: { ...feeds, ...adamFeeds },
      body: (scope) => {
        const { value, gradients } = namedGradients(names, scope, (weights) =>
          summedLoss(weights, config, scope).div(scope.feed('lossWeight').sum()),
        );
        return { loss: value, norm: applyAdamW(scope, gradients, { settings: options.adam }) };
      },
    };
    signatures[`validate/${length}`] = {
      feeds,
      body: (scope) => ({ loss: summedLoss((name) => scope.variable(name), config, scope) }),
    };
  }
  return {
    variables: { ...weightVariables(shapes, POLICY), ...adamVariables(shapes) },
    signatures,
  };
}
