import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { runEagerly } from '../../../support/run-eagerly.js';
import type { FeedSpec, Program } from '../../../../engine/graph/program.js';
import {
  estimateAdvantages,
  nextCoefficient,
  tokenRewards,
  whiten,
} from '../../../../engine/ppo/advantages.js';
import { policyLoss, valueLoss } from '../../../../engine/ppo/ppo-losses.js';
import { tf } from '../../../../engine/tensor.js';

const list = z.array(z.number()).transform((values) => Float32Array.from(values));
const golden = z
  .object({
    shape: z.tuple([z.number(), z.number()]),
    mask: list,
    logprobs: list,
    ref_logprobs: list,
    values: list,
    scores: z.array(z.number()),
    new_logprobs: list,
    new_values: list,
    rewards: list,
    advantages: list,
    returns: list,
    policy_loss: z.number(),
    value_loss_times_coef: z.number(),
    grad_logprobs: list,
    grad_values: list,
    adaptive_kl: z.array(z.object({ kl: z.number(), n: z.number(), coef: z.number() })),
  })
  .parse(
    JSON.parse(
      readFileSync(
        fileURLToPath(new URL('../../../golden/ppo_math.json', import.meta.url)),
        'utf8',
      ),
    ),
  );

const [rows, length] = golden.shape;
const grid = { rows, length, mask: golden.mask };
const real = (values: Float32Array): number[] =>
  [...values].filter((_, index) => golden.mask[index] === 1);
const close = (found: Float32Array, wanted: Float32Array): void => {
  real(found).forEach((value, index) => {
    expect(value).toBeCloseTo(real(wanted)[index]!, 5);
  });
};

describe('PPO arithmetic against TRL 0.11.4', () => {
  const rewards = tokenRewards(grid, {
    logProbs: golden.logprobs,
    referenceLogProbs: golden.ref_logprobs,
    scores: golden.scores,
    coefficient: 0.05,
  });
  const { advantages, returns } = estimateAdvantages(grid, {
    rewards,
    values: golden.values,
    gamma: 1,
    lambda: 0.95,
  });

  it('puts the score on the last real token only, and the KL penalty on every one', () => {
    close(rewards, golden.rewards);
  });

  it('estimates the same advantages and returns on ragged rows', () => {
    close(whiten(advantages, golden.mask), golden.advantages);
    close(returns, golden.returns);
  });

  it('has the same clipped losses and gradients', () => {
    const size = rows * length;
    const feed: FeedSpec = { shape: [size], dtype: 'float32' };
    const program: Program = {
      variables: {
        logProbs: { shape: [size], group: 'weights' },
        values: { shape: [size], group: 'weights' },
      },
      signatures: {
        losses: {
          feeds: {
            mask: feed,
            oldLogProbs: feed,
            oldValues: feed,
            advantages: feed,
            returns: feed,
          },
          body: (scope) => {
            const mask = scope.feed('mask');
            const tokens = { mask, count: mask.sum() };
            const policy = (logProbs: tf.Tensor): tf.Tensor =>
              policyLoss(logProbs, {
                oldLogProbs: scope.feed('oldLogProbs'),
                advantages: scope.feed('advantages'),
                tokens,
                clipRange: 0.2,
              }).loss;
            const value = (values: tf.Tensor): tf.Tensor =>
              valueLoss(values, {
                oldValues: scope.feed('oldValues'),
                returns: scope.feed('returns'),
                tokens,
                clipRange: 0.2,
              }).mul(0.5);
            const [logProbs, values] = [scope.variable('logProbs'), scope.variable('values')];
            return {
              policy: policy(logProbs),
              value: value(values),
              policyGradient: tf.grad(policy)(logProbs),
              valueGradient: tf.grad(value)(values),
            };
          },
        },
      },
    };
    const session = runEagerly(program);
    session.write('weights', { logProbs: golden.new_logprobs, values: golden.new_values });
    const result = session.run('losses', {
      mask: golden.mask,
      oldLogProbs: golden.logprobs,
      oldValues: golden.values,
      advantages: golden.advantages,
      returns: golden.returns,
    });
    expect(result['policy']![0]).toBeCloseTo(golden.policy_loss, 6);
    expect(result['value']![0]).toBeCloseTo(golden.value_loss_times_coef, 6);
    close(result['policyGradient'] as Float32Array, golden.grad_logprobs);
    close(result['valueGradient'] as Float32Array, golden.grad_values);
    session.dispose();
  });

  it('moves the adaptive coefficient as it does', () => {
    let coefficient = 0.05;
    for (const { kl, n, coef } of golden.adaptive_kl) {
      coefficient = nextCoefficient(
        coefficient,
        { kl, rolloutCount: n },
        { coefficient: 0.05, target: 6, horizon: 10_000, minCoefficient: 0 },
      );
      expect(coefficient).toBeCloseTo(coef, 12);
    }
  });

  it('keeps the coefficient above its floor, and fixed without a target', () => {
    const settings = { coefficient: 0.05, target: 6, horizon: 100, minCoefficient: 0.04 };
    expect(nextCoefficient(0.041, { kl: 0, rolloutCount: 64 }, settings)).toBe(0.04);
    expect(nextCoefficient(0.05, { kl: 60, rolloutCount: 64 }, { ...settings, target: null })).toBe(
      0.05,
    );
  });
});
