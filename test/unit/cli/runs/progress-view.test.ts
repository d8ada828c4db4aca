import { describe, expect, it } from 'vitest';
import {
  renderBar,
  renderChanges,
  renderProgressScreen,
  startLines,
} from '../../../../cli/runs/progress-view.js';
import type { RunSnapshot } from '../../../../cli/runs/run-snapshot.js';
import { visibleLength, withColours, withoutColours } from '../../../../cli/terminal/terminal.js';
import { now, runningSnapshot, trainingStage } from './snapshot-fixture.js';

const plain = { width: 120, paint: withoutColours };

describe('renderProgressScreen', () => {
  it('shows stage, step of total, loss, tokens a second, time left and elapsed', () => {
    const lines = renderProgressScreen(
      runningSnapshot([{ stage: 'collect', state: 'reused' }, trainingStage()]),
      now,
      plain,
    );
    expect(lines[0]).toBe('demo-1  running  1m 30s');
    expect(lines[1]).toContain('↺ collect   reused');
    expect(lines[2]).toContain('▶ fineTune');
    expect(lines[2]).toContain('step 45/120, loss 2.314, 8,412 tokens/s, 1m 10s left, 30 s so far');
  });

  it('keeps every line within the width, so that a redraw can count lines', () => {
    const snapshot = {
      ...runningSnapshot([trainingStage({ message: 'a\nb '.repeat(9) })]),
      note: 'n'.repeat(300),
    };
    for (const paint of [withColours, withoutColours]) {
      for (const line of renderProgressScreen(snapshot, now, { width: 40, paint })) {
        expect(visibleLength(line)).toBeLessThanOrEqual(40);
        expect(line).not.toContain('\n');
      }
    }
  });

  it('shows the run and the reason when no worker answers', () => {
    const { workflowId, runId, elapsedSeconds, execution } = runningSnapshot([]);
    const bare = { workflowId, runId, elapsedSeconds, execution };
    const lines = renderProgressScreen({ ...bare, note: 'no worker answers' }, now, plain);
    expect(lines).toEqual(['demo-1  running  1m 30s', '  no worker answers']);
  });
});

describe('renderBar', () => {
  it('has sixteen cells, full only at the last step', () => {
    const training = trainingStage().training!;
    for (let stepIndex = 0; stepIndex <= 120; stepIndex += 1) {
      const bar = renderBar(trainingStage({ training: { ...training, stepIndex } }));
      expect([...bar.trimEnd()]).toHaveLength(16);
      expect(bar.includes('╌')).toBe(stepIndex < 120);
    }
  });

  it('is absent for a stage that has ended', () => {
    expect(renderBar(trainingStage({ state: 'done' }))).toBe('');
  });
});

/** Feeds the snapshots one after the other and returns the lines of each. */
function linesOf(...snapshots: RunSnapshot[]): string[][] {
  let shown = startLines();
  return snapshots.map((snapshot) => {
    const change = renderChanges(shown, snapshot, now);
    shown = change.shown;
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
