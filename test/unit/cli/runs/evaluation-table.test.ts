import { describe, expect, it } from 'vitest';
import {
  renderDifference,
  renderEvaluation,
  renderSamples,
} from '../../../../cli/runs/evaluation-table.js';
import {
  evaluationMethods,
  type Difference,
  type EvaluatedRow,
  type Evaluation,
} from '../../../../contracts/report.js';
import { samplingSchema } from '../../../../recipe/sections/ppo.js';

const unproven: Difference = {
  of: 'ppo',
  against: 'sft',
  metrics: {
    mixed: { mean: 0.041, low: -0.02, high: 0.102, verdict: 'unproven' },
    contentKept: { mean: -0.012, low: -0.03, high: 0.006, verdict: 'unproven' },
  },
};

function evaluation(simulated: boolean): Evaluation {
  return {
    version: 1,
    seed: 1,
    descriptionCount: 200,
    lostCount: 0,
    bootstrapResamples: 2000,
    imagesPerPrompt: 4,
    sampling: samplingSchema.parse({}),
    tail: 'highly detailed',
    scores: { simulated, model: 'pick-server' },
    mixed: { pickWeight: 0.7, pick: { mean: 20, std: 1 }, aesthetic: { mean: 5, std: 1 } },
    methods: evaluationMethods.map((method) => ({
      method,
      metrics: {
        mixed: { mean: 0.5, low: 0.4, high: 0.6 },
        contentKept: { mean: 1, low: 1, high: 1 },
      },
    })),
    differences: [unproven, { ...unproven, of: 'ppo-greedy', against: 'sft-greedy' }],
  };
}

describe('renderEvaluation', () => {
  it('has a line for every method, with the interval where it is no point', () => {
    const lines = renderEvaluation(evaluation(true));
    const rows = lines.filter((line) => line.includes('0.500 ±0.100'));
    expect(rows).toHaveLength(evaluationMethods.length);
    expect(rows[0]).toContain('1.000');
    expect(rows[0]).not.toContain('±0.000');
  });

  it('calls simulated scores simulated, and names the server of real ones', () => {
    expect(renderEvaluation(evaluation(true))[0]).toContain('SIMULATED');
    expect(renderEvaluation(evaluation(false))[0]).toContain('pick-server');
    expect(renderEvaluation(evaluation(false)).join('\n')).not.toContain('SIMULATED');
  });
});

describe('renderDifference', () => {
  it('calls an interval that holds zero unproven', () => {
    expect(renderDifference(unproven)).toBe(
      'fine-tuned + PPO - fine-tuned: mixed score +0.041 [-0.020, +0.102] (crosses zero: unproven); content kept -0.012',
    );
  });
});

describe('renderSamples', () => {
  it('shows the description before and what the policy writes after', () => {
    const texts = Object.fromEntries(
      evaluationMethods.map((method) => [method, { y: `by ${method}`, metrics: {} }]),
    ) as EvaluatedRow['texts'];
    const rows = [1, 2, 3].map((id) => ({ rowId: String(id), x: `a cat ${String(id)}`, texts }));
    expect(renderSamples(rows, 1, 80)).toEqual(['  before  a cat 1', '  after   by ppo', '']);
  });

  it('lets no text of a model steer the terminal', () => {
    const texts = Object.fromEntries(
      evaluationMethods.map((method) => [method, { y: 'a\u001b[2Jb\nc\u0007', metrics: {} }]),
    ) as EvaluatedRow['texts'];
    const lines = renderSamples([{ rowId: '1', x: 'a\rcat', texts }], 1, 80);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });
});
