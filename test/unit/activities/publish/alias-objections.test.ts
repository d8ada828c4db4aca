import { describe, expect, it } from 'vitest';
import { aliasObjections } from '../../../../activities/publish/alias-objections.js';
import type { Evaluation } from '../../../../contracts/report.js';

function evaluation(kept: { sft: number; ppo: number }): Evaluation {
  const methods = (['sft', 'ppo'] as const).map((method) => {
    const mean = kept[method];
    return { method, metrics: { contentKept: { mean, low: mean, high: mean } } };
  });
  return { methods } as unknown as Evaluation;
}

describe('alias objections', () => {
  it('are none at the very thresholds', () => {
    const settings = { minContentKept: 0.875, maxContentLoss: 0.0625 };
    expect(aliasObjections(evaluation({ sft: 0.9375, ppo: 0.875 }), settings)).toEqual([]);
  });

  it('name each threshold that is crossed', () => {
    const found = aliasObjections(evaluation({ sft: 0.95, ppo: 0.8 }), {
      minContentKept: 0.85,
      maxContentLoss: 0.1,
    });
    expect(found).toHaveLength(2);
    expect(found[0]).toContain('0.800, below minContentKept 0.85');
    expect(found[1]).toContain('from 0.950 to 0.800, by more than maxContentLoss 0.1');
  });

  it('are none where PPO keeps more than SFT', () => {
    const settings = { minContentKept: 0, maxContentLoss: 0 };
    expect(aliasObjections(evaluation({ sft: 0.8, ppo: 0.9 }), settings)).toEqual([]);
  });

  it('stand against an evaluation that did not measure it', () => {
    const settings = { minContentKept: 0, maxContentLoss: 1 };
    expect(aliasObjections({ methods: [] } as unknown as Evaluation, settings)).toHaveLength(1);
  });
});
