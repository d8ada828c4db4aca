import { describe, expect, it } from 'vitest';
import { renderBar, renderProgressScreen } from '../../../../cli/run/progress-screen.js';
import { createPainter, visibleLength } from '../../../../cli/terminal.js';
import { now, runningSnapshot, trainingStage } from './snapshot-fixture.js';

const plain = { width: 120, paint: createPainter(false) };

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
    for (const paint of [createPainter(true), createPainter(false)]) {
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
