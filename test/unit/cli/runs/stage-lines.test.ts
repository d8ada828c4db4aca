import { describe, expect, it } from 'vitest';
import { describeSummary, renderStageTable } from '../../../../cli/runs/stage-lines.js';
import { now, trainingStage } from './snapshot-fixture.js';

describe('renderStageTable', () => {
  it('marks reused stages and gives the wall time of the others', () => {
    const lines = renderStageTable(
      [
        { stage: 'collect', state: 'reused', seconds: 0.2 },
        trainingStage({
          state: 'done',
          seconds: 61,
          attempts: 2,
          summary: { validationLoss: 2.25 },
        }),
        { stage: 'publish', state: 'waiting' },
      ],
      now,
    );
    expect(lines[2]).toMatch(/^collect +reused +0\.2 s +- *$/);
    expect(lines[3]).toMatch(/^fineTune +done +1m 01s +2 +validationLoss 2\.250$/);
    expect(lines[4]).toMatch(/^publish +waiting +- +-$/);
  });

  it('counts the time of a stage that still runs', () => {
    expect(renderStageTable([trainingStage()], now)[2]).toContain('30 s');
  });
});

describe('describeSummary', () => {
  it('puts the telling numbers first and shows two', () => {
    expect(describeSummary({ rows: 360, spearman: 0.61234, steps: 9 })).toBe(
      'spearman 0.6123, rows 360',
    );
  });
});
