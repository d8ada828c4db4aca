import type { StageStatus } from '../../../../contracts/stages.js';
import type { RunSnapshot } from '../../../../cli/runs/run-snapshot.js';

/** A stage in the middle of training; override what a test is about. */
export function trainingStage(overrides: Partial<StageStatus> = {}): StageStatus {
  return {
    stage: 'fineTune',
    state: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    training: {
      stage: 'fineTune',
      stepIndex: 45,
      stepCount: 120,
      metric: { name: 'loss', value: 2.3144 },
      tokensPerSecond: 8412,
      secondsLeft: 70,
    },
    ...overrides,
  };
}

/** A running run with these stages. */
export function runningSnapshot(stages: StageStatus[], elapsedSeconds = 90): RunSnapshot {
  return {
    workflowId: 'demo-1',
    runId: 'run',
    elapsedSeconds,
    execution: 'running',
    progress: { recipe: 'demo', state: 'running', stages },
  };
}

/** Thirty seconds after `trainingStage` started. */
export const now = new Date('2026-01-01T00:00:30.000Z');
