import type { TrainingSize } from '../../recipe/sections/optimiser.js';
import { sparseCrossEntropy } from '../graph/operations.js';
import type { FeedSpec, Program, Scope, Signature } from '../graph/program.js';
import { adamVariables, namedGradients, type AdamSettings } from '../optim/adamw.js';
import { gradientVariables, stepSignatures, type OptimiserStep } from '../optim/optimiser-step.js';
import type { Tensor } from '../tensor.js';
import type { BloomConfig } from '../weights/bloom-config.js';
import { bloomTrunk, languageHead } from './bloom.js';
import type { Weights } from './lora.js';
import { splitVariables, splitWeights, withAdapters } from './trainable-split.js';

/** Group of the policy's trained weights. */
export const POLICY = 'policy';

function batchFeeds(batch: number, length: number): Record<string, FeedSpec> {
  return {
    ids: { shape: [batch, length], dtype: 'int32' },
    mask: { shape: [batch, length], dtype: 'float32' },
    labels: { shape: [batch * length], dtype: 'int32' },
    lossWeight: { shape: [batch * length], dtype: 'float32' },
  };
}

/** Sum of the counted tokens' cross-entropy, nats, as a scalar. */
function summedLoss(
  weights: Weights,
  config: BloomConfig,
  { scope, recompute }: { scope: Scope; recompute?: boolean | undefined },
): Tensor {
  const input = { ids: scope.feed('ids'), mask: scope.feed('mask'), recompute };
  const hidden = bloomTrunk(weights, config, input);
  return sparseCrossEntropy(languageHead(weights, hidden), scope.feed('labels'))
    .mul(scope.feed('lossWeight'))
    .sum();
}

/**
 * Language-model training of BLOOM: the signatures of `stepSignatures` with keys `/<length>` (loss, norm), and
 * `validate/<length>` (loss summed over counted tokens), for each batch length.
 *
 * The training loss is the mean over the counted tokens of the whole step. `batchSize` rows go through in one call.
 */
export function languageModelProgram(
  config: BloomConfig,
  options: { batchSize: number; lengths: number[]; adam: AdamSettings; size?: TrainingSize },
): Program {
  const split = splitWeights(config, options.size, {});
  const { trained } = split;
  const step: OptimiserStep = {
    trained,
    settings: options.adam,
    gradientAccumulationSteps: options.size?.gradientAccumulationSteps ?? 1,
  };
  const recompute = options.size?.recompute;
  const signatures: Record<string, Signature> = {};
  for (const length of options.lengths) {
    const feeds = batchFeeds(options.batchSize, length);
    const body = (scope: Scope, count: (own: () => Tensor) => Tensor) => {
      const { value, gradients } = namedGradients(Object.keys(trained), scope, (weights) =>
        summedLoss(withAdapters(weights, split), config, { scope, recompute }).div(
          count(() => scope.feed('lossWeight').sum()),
        ),
      );
      return { gradients, outputs: { loss: value } };
    };
    Object.assign(signatures, stepSignatures(step, { key: `/${length}`, feeds, body }));
    signatures[`validate/${length}`] = {
      feeds,
      body: (scope) => {
        const weights = withAdapters((name) => scope.variable(name), split);
        return { loss: summedLoss(weights, config, { scope }) };
      },
    };
  }
  return {
    variables: {
      ...splitVariables(split, POLICY),
      ...adamVariables(trained),
      ...gradientVariables(step),
    },
    signatures,
  };
}
