import { describe, expect, it } from 'vitest';
import { describeDifference, verdictWords } from '../../../../web/report/evaluation-words.js';

describe('words on differences', () => {
  it('say what is proven and what is not', () => {
    expect(
      describeDifference('mixed', { mean: 0.12, low: 0.01, high: 0.23, verdict: 'higher' }),
    ).toBe('Proven gain: +0.12 [+0.01, +0.23]');
    expect(
      describeDifference('mixed', { mean: 0.04, low: -0.05, high: 0.13, verdict: 'unproven' }),
    ).toBe('No proven gain: +0.04 [\u22120.05, +0.13], crosses zero');
    expect(
      describeDifference('mixed', { mean: 0.04, low: 0, high: 0.13, verdict: 'unproven' }),
    ).toContain('touches zero');
    expect(
      describeDifference('contentKept', { mean: 0, low: 0, high: 0, verdict: 'unproven' }),
    ).toBe('No proven change: 0.000 [0.000, 0.000], no difference');
  });

  it('call more words neither gain nor loss', () => {
    expect(verdictWords('words', 'higher')).toBe('Proven rise');
    expect(verdictWords('words', 'lower')).toBe('Proven fall');
    expect(verdictWords('contentKept', 'lower')).toBe('Proven loss');
  });
});
