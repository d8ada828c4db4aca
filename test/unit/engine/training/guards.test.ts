import { describe, expect, it } from 'vitest';
import {
  guardFinite,
  guardStep,
  TrainingDivergedError,
} from '../../../../engine/training/guards.js';

describe('guardFinite', () => {
  it('names the step and the value that is no longer a number', () => {
    expect(() => {
      guardFinite(12, { loss: 1, norm: NaN });
    }).toThrow(TrainingDivergedError);
    expect(() => {
      guardFinite(12, { loss: Infinity });
    }).toThrow(/step 12: loss is Infinity/);
    expect(() => {
      guardFinite(12, { loss: -3, norm: 0 });
    }).not.toThrow();
  });
});

describe('guardStep', () => {
  const limits = { maxGradientNorm: 10 };

  it('passes a finite loss with gradients up to the limit', () => {
    guardStep(3, { loss: 1, norm: 10 }, limits);
    guardStep(3, { loss: 1, norm: 1e30 }, { maxGradientNorm: null });
  });

  it('says where, which number and what was expected, to people and to programs', () => {
    let thrown: unknown;
    try {
      guardStep(3, { loss: 1, norm: 10.5 }, limits);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(TrainingDivergedError);
    expect((thrown as Error).message).toContain(
      'step 3: gradient norm is 10.5000, expected at most 10',
    );
    expect((thrown as TrainingDivergedError).details).toEqual({
      measure: 'gradient norm',
      value: '10.5000',
      expected: 'at most 10',
      stepIndex: 3,
    });
  });

  it.each([NaN, Infinity])('trips at gradients of %d whatever the limit', (norm) => {
    expect(() => {
      guardStep(3, { loss: 1, norm }, { maxGradientNorm: null });
    }).toThrow(TrainingDivergedError);
  });
});
