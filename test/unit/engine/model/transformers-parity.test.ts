import { zeroGroup, type Program, type Values } from '../../../../engine/graph/program.js';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { compileProgram } from '../../../../engine/graph/compile.js';
import { bloomShapes, bloomTrunk } from '../../../../engine/model/bloom.js';
import { rewardHead, rewardHeadShapes } from '../../../../engine/model/heads.js';
import { languageModelProgram, POLICY } from '../../../../engine/model/language-model.js';
import { weightVariables } from '../../../../engine/model/trainable-split.js';
import { adamValues, MOMENTS } from '../../../../engine/optim/adamw.js';
import { readBloomConfig } from '../../../../engine/weights/bloom-config.js';
import { readModelWeights } from '../../../support/read-model-weights.js';
import { openSafetensors } from '../../../../engine/weights/safetensors.js';
import { makeFolder } from '../../../support/folders.js';

/** Largest difference to transformers, relative to the largest value of the same tensor. */
const TOLERANCE = 1e-4;
const [BATCH, LENGTH] = [3, 12];

const expectedSchema = z.object({
  adamw: z.object({
    eps: z.number(),
    betas: z.tuple([z.number(), z.number()]),
    weight_decay: z.number(),
    clip: z.number(),
    steps: z.array(
      z.object({
        batch: z.string(),
        loss: z.number(),
        grad_norm_before_clip: z.number(),
        lr: z.number(),
      }),
    ),
    loss_on_right_after: z.number(),
  }),
  seqcls: z.record(z.string(), z.unknown()),
});

function differenceOf(found: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(found.length).toBe(wanted.length);
  let [worst, largest] = [0, 0];
  for (let index = 0; index < wanted.length; index += 1) {
    worst = Math.max(worst, Math.abs(found[index]! - wanted[index]!));
    largest = Math.max(largest, Math.abs(wanted[index]!));
  }
  return worst / largest;
}

describe.each(['bloom-h4', 'bloom-h6'])('%s against transformers', (name) => {
  const folder = `test/golden/${name}`;
  const config = readBloomConfig(folder);
  const expected = expectedSchema.parse(
    JSON.parse(readFileSync(`${folder}/expected.json`, 'utf8')),
  );
  const file = openSafetensors(`${folder}/expected.safetensors`);
  const weights: Values = Object.fromEntries(
    Array.from(readModelWeights(folder), ({ name: key, data }) => [key, data]),
  );
  const input = (padding: string): Values => ({
    ids: Int32Array.from(file.read(`${padding}.input_ids`)),
    mask: Float32Array.from(file.read(`${padding}.attention_mask`)),
  });
  const batch = (padding: string): Values => {
    const next = Array.from(file.read(`${padding}.labels`)).map((_, index, all) =>
      (index + 1) % LENGTH === 0 ? -100 : all[index + 1]!,
    );
    return {
      ...input(padding),
      labels: Int32Array.from(next, (label) => Math.max(label, 0)),
      lossWeight: Float32Array.from(next, (label) => (label < 0 ? 0 : 1)),
    };
  };

  const headDim = config.hidden_size / config.n_head;
  /** A bias of keys shifts all scores of a query alike: its gradient is rounding noise, which Adam blows up to full steps. */
  const isKeyBias = (key: string, index: number): boolean =>
    key.endsWith('query_key_value.bias') && Math.floor(index / headDim) % 3 === 1;

  it("has no gradient for the keys' biases, which the next test leaves out", () => {
    for (let layer = 0; layer < config.n_layer; layer += 1) {
      const key = `transformer.h.${layer}.self_attention.query_key_value.bias`;
      const gradient = Array.from(file.read(`left.grad.${key}`), Math.abs);
      const noise = gradient.filter((_, index) => isKeyBias(key, index));
      expect(noise).toHaveLength(config.hidden_size);
      expect(Math.max(...noise) / Math.max(...gradient)).toBeLessThan(1e-5);
    }
  });

  it('takes the same three AdamW steps: losses, norms, moments and weights', async () => {
    const { adamw } = expected;
    const settings = {
      adamBeta1: adamw.betas[0],
      adamBeta2: adamw.betas[1],
      adamEpsilon: adamw.eps,
      weightDecay: adamw.weight_decay,
      clipNorm: adamw.clip,
    };
    const program = languageModelProgram(config, {
      batchSize: BATCH,
      lengths: [LENGTH],
      adam: settings,
    });
    const session = compileProgram(program, await makeFolder());
    try {
      session.write(POLICY, weights);
      zeroGroup(session, program, MOMENTS);
      for (const [index, step] of adamw.steps.entries()) {
        const { loss, norm } = session.run(`train/${LENGTH}`, {
          ...batch(step.batch),
          ...adamValues(index + 1, step.lr, settings),
        });
        expect(differenceOf(loss!, [step.loss])).toBeLessThan(TOLERANCE);
        expect(differenceOf(norm!, [step.grad_norm_before_clip])).toBeLessThan(TOLERANCE);
      }
      const trained = session.read(POLICY);
      const final = openSafetensors(`${folder}/adamw_final.safetensors`);
      expect(final.names.sort()).toEqual(Object.keys(weights).sort());
      for (const key of final.names) {
        const kept = (values: ArrayLike<number>): number[] =>
          Array.from(values).filter((_, index) => !isKeyBias(key, index));
        const difference = differenceOf(kept(trained[key]!), kept(final.read(key)));
        expect(difference, key).toBeLessThan(TOLERANCE);
      }
      const after = session.read(MOMENTS);
      for (const [kind, part] of [
        ['first', 'exp_avg'],
        ['second', 'exp_avg_sq'],
      ]) {
        for (const key of ['transformer.h.1.mlp.dense_4h_to_h.weight', 'transformer.ln_f.weight'])
          expect(
            differenceOf(after[`adam.${kind}.${key}`]!, file.read(`adamw.${part}.${key}`)),
            `${kind} ${key}`,
          ).toBeLessThan(TOLERANCE);
      }
      const sum = session.run(`validate/${LENGTH}`, batch('right'))['loss']![0]!;
      const counted = Array.from(batch('right')['lossWeight']!).filter(Boolean).length;
      expect(differenceOf([sum / counted], [adamw.loss_on_right_after])).toBeLessThan(TOLERANCE);
    } finally {
      session.dispose();
    }
  });

  it('gives the same classification scores with every padding', async () => {
    const program: Program = {
      variables: {
        ...weightVariables(bloomShapes(config), 'trunk'),
        ...weightVariables(rewardHeadShapes(config), 'head'),
      },
      signatures: {
        score: {
          feeds: {
            ids: { shape: [BATCH, LENGTH], dtype: 'int32' },
            mask: { shape: [BATCH, LENGTH], dtype: 'float32' },
          },
          body: (scope) => {
            const lookUp = (key: string) => scope.variable(key);
            const mask = scope.feed('mask');
            const hidden = bloomTrunk(lookUp, config, { ids: scope.feed('ids'), mask });
            return { score: rewardHead(lookUp, hidden, { mask, pooling: 'last' }) };
          },
        },
      },
    };
    const session = compileProgram(program, await makeFolder());
    try {
      session.write('trunk', weights);
      session.write('head', { 'score.weight': file.read('seqcls.score.weight') });
      for (const padding of ['none', 'right', 'left']) {
        const { logits } = z
          .object({ logits: z.array(z.number()) })
          .parse(expected.seqcls[padding]);
        const { score } = session.run('score', input(padding));
        expect(differenceOf(score!, logits), padding).toBeLessThan(TOLERANCE);
      }
    } finally {
      session.dispose();
    }
  });
});
