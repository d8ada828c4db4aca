import { describe, expect, it } from 'vitest';
import { MetricLog } from '../../../../engine/training/metric-log.js';

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

describe("MetricLog's quality", () => {
  it('is the newest value under the name, whatever else was logged since', () => {
    const log = new MetricLog();
    log.add(0, { 'validation/loss': 3 });
    log.add(5, { 'validation/loss': 2 });
    log.add(6, { 'train/loss': 1 });
    expect(log.quality('validation/loss', 'lower')).toEqual({
      metric: 'validation/loss',
      value: 2,
      better: 'lower',
    });
  });

  it('is absent before the first measure, and for what is no number', () => {
    const log = new MetricLog();
    expect(log.quality('validation/loss', 'lower')).toBeUndefined();
    log.add(1, { 'validation/loss': Number.NaN });
    expect(log.quality('validation/loss', 'lower')).toBeUndefined();
  });
});
