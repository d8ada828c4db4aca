import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { compileProgram } from '../../../../engine/graph/compile.js';
import { runEagerly } from '../../../support/run-eagerly.js';
import { sparseCrossEntropy } from '../../../../engine/graph/operations.js';
import type { Program } from '../../../../engine/graph/program.js';
import { bloomShapes, bloomTrunk, languageHead } from '../../../../engine/model/bloom.js';
import { rewardHead } from '../../../../engine/model/heads.js';
import { namedGradients } from '../../../../engine/optim/adamw.js';
import { readBloomConfig } from '../../../../engine/weights/bloom-config.js';
import { readModelWeights } from '../../../support/read-model-weights.js';
import { openSafetensors } from '../../../../engine/weights/safetensors.js';
import { makeFolder } from '../../../support/folders.js';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** transformers itself differs from float64 by 4.0e-6 on these; ours may stand as far on the other side, and more operations are reordered. */
const LOGITS_TOLERANCE = 2e-5;
const GRADIENT_TOLERANCE = 5e-6;

const golden = fileURLToPath(new URL('../../../golden/', import.meta.url));
const expectedSchema = z.object({
  lm: z.record(z.string(), z.object({ loss: z.number() })),
});

function load(name: string): {
  program: Program;
  weights: Record<string, Float32Array>;
  batch: number;
  seq: number;
  file: ReturnType<typeof openSafetensors>;
  vocab: number;
  losses: Record<string, { loss: number }>;
} {
  const folder = join(golden, name);
  const config = readBloomConfig(folder);
  const file = openSafetensors(join(folder, 'expected.safetensors'));
  const [batch = 0, seq = 0] = file.shapeOf('left.input_ids');
  const shapes = bloomShapes(config);
  const names = Object.keys(shapes);
  const program: Program = {
    variables: {
      ...Object.fromEntries(names.map((key) => [key, { shape: shapes[key]!, group: 'policy' }])),
      'score.weight': { shape: [1, config.hidden_size], group: 'head' },
    },
    signatures: {
      run: {
        feeds: {
          ids: { shape: [batch, seq], dtype: 'int32' },
          mask: { shape: [batch, seq], dtype: 'float32' },
          labels: { shape: [batch * seq], dtype: 'int32' },
          lossWeight: { shape: [batch * seq], dtype: 'float32' },
        },
        body: (scope) => {
          const input = { ids: scope.feed('ids'), mask: scope.feed('mask') };
          const { value, gradients } = namedGradients(names, scope, (weights) => {
            const logits = languageHead(weights, bloomTrunk(weights, config, input));
            return sparseCrossEntropy(logits, scope.feed('labels'))
              .mul(scope.feed('lossWeight'))
              .sum()
              .div(scope.feed('lossWeight').sum());
          });
          const hidden = bloomTrunk((key) => scope.variable(key), config, input);
          return {
            loss: value,
            logits: languageHead((key) => scope.variable(key), hidden),
            score: rewardHead((key) => scope.variable(key), hidden, {
              mask: input.mask,
              pooling: 'last',
            }),
            ...Object.fromEntries(names.map((key) => [`gradient.${key}`, gradients[key]!])),
          };
        },
      },
    },
  };
  const weights = Object.fromEntries(
    Array.from(readModelWeights(folder), ({ name: key, data }) => [key, data]),
  );
  const { lm } = expectedSchema.parse(
    JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8')),
  );
  return { program, weights, batch, seq, file, vocab: config.vocab_size, losses: lm };
}

function furthest(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  counts: (index: number) => boolean = () => true,
): number {
  let worst = 0;
  for (let index = 0; index < a.length; index += 1)
    if (counts(index)) worst = Math.max(worst, Math.abs(a[index]! - b[index]!));
  return worst;
}

describe.each(['bloom-h4', 'bloom-h6'])('%s against transformers', (name) => {
  const { program, weights, batch, seq, file, vocab, losses } = load(name);
  const feeds = (padding: string): Record<string, Float32Array | Int32Array> => {
    const stored = file.read(`${padding}.labels`);
    const labels = new Int32Array(batch * seq);
    const lossWeight = new Float32Array(batch * seq);
    for (let row = 0; row < batch; row += 1) {
      for (let t = 0; t + 1 < seq; t += 1) {
        const label = stored[row * seq + t + 1]!;
        if (label < 0) continue;
        labels[row * seq + t] = label;
        lossWeight[row * seq + t] = 1;
      }
    }
    return {
      ids: Int32Array.from(file.read(`${padding}.input_ids`)),
      mask: Float32Array.from(file.read(`${padding}.attention_mask`)),
      labels,
      lossWeight,
    };
  };

  describe.each(['compiled', 'eager'])('%s', (mode) => {
    it.each(['none', 'right', 'left'])(
      'gives the same logits and loss with %s padding, and the same gradients',
      async (padding) => {
        const session =
          mode === 'eager' ? runEagerly(program) : compileProgram(program, await makeFolder());
        session.write('policy', weights);
        session.write('head', { 'score.weight': file.read('seqcls.score.weight') });
        const given = feeds(padding);
        const result = session.run('run', given);
        const real = (index: number): boolean => given['mask']![Math.floor(index / vocab)] === 1;
        expect(furthest(result['logits']!, file.read(`${padding}.logits`), real)).toBeLessThan(
          LOGITS_TOLERANCE,
        );
        expect(result['loss']![0]).toBeCloseTo(losses[padding]!.loss, 5);
        if (padding === 'left') {
          for (const key of Object.keys(weights))
            expect(
              furthest(result[`gradient.${key}`]!, file.read(`left.grad.${key}`)),
              key,
            ).toBeLessThan(GRADIENT_TOLERANCE);
        }
        session.dispose();
      },
    );
  });
});
