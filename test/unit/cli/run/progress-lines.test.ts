import { describe, expect, it } from 'vitest';
import { renderChanges, startLines } from '../../../../cli/run/progress-lines.js';
import type { RunSnapshot } from '../../../../cli/run/run-snapshot.js';
import { now, runningSnapshot, trainingStage } from './snapshot-fixture.js';

/** Feeds the snapshots one after the other and returns the lines of each. */
function linesOf(...snapshots: RunSnapshot[]): string[][] {
  let said = startLines();
  return snapshots.map((snapshot) => {
    const change = renderChanges(said, snapshot, now);
    said = change.said;
    return change.lines;
  });
}

function atStep(stepIndex: number, elapsedSeconds: number): RunSnapshot {
  const training = { ...trainingStage().training!, stepIndex };
  return runningSnapshot([trainingStage({ training })], elapsedSeconds);
}

describe('renderChanges', () => {
  it('says nothing twice', () => {
    const [first, second] = linesOf(atStep(1, 5), atStep(1, 60));
    expect(first).toHaveLength(2);
    expect(second).toEqual([]);
  });

  it('tells of steps at most every ten seconds', () => {
    const lines = linesOf(atStep(1, 0), atStep(2, 3), atStep(3, 9.9), atStep(4, 10), atStep(5, 19));
    expect(lines.map((some) => some.length)).toEqual([2, 0, 0, 1, 0]);
    expect(lines[3]![0]).toContain('[10 s] fineTune: step 4/120');
  });

  it('tells of a change of state at once', () => {
    const done = trainingStage({ state: 'done', seconds: 31 });
    const lines = linesOf(atStep(1, 0), runningSnapshot([done], 1));
    expect(lines[1]).toEqual(['[1.0 s] fineTune: done in 31 s']);
  });

  it('leaves out stages that wait', () => {
    const [lines] = linesOf(runningSnapshot([{ stage: 'publish', state: 'waiting' }]));
    expect(lines).toEqual(['[1m 30s] demo-1: running']);
  });
});
