import { describe, expect, it } from 'vitest';
import {
  guardFinite,
  MetricLog,
  TrainingDivergedError,
} from '../../../../engine/training/trainer.js';

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

describe('MetricLog', () => {
  it('comes back from its text with every digit', () => {
    const log = new MetricLog();
    log.add(1, { 'train/loss': 0.1 + 0.2 });
    log.add(2, { 'validation/loss': 1 / 3 });
    const again = MetricLog.parse(log.toText());
    expect(again.rows).toEqual(log.rows);
    expect(again.last('train/loss')).toBe(0.1 + 0.2);
    expect(again.last('nothing')).toBeUndefined();
  });
});
