import { describe, expect, it } from 'vitest';
import { datasetOf } from '../../../../cli/runs/run-artifacts.js';
import { runningSnapshot } from './snapshot-fixture.js';

const dataset = { kind: 'dataset', digest: 'd', uri: 's3://burnish/d/', byteLength: 1 } as const;

describe('the dataset of a run', () => {
  it('is what its collect stage made or took over', () => {
    for (const state of ['done', 'reused'] as const) {
      const snapshot = runningSnapshot([{ stage: 'collect', state, outputs: { dataset } }]);
      expect(datasetOf(snapshot)).toEqual(dataset);
    }
  });

  it('is missing with the reason while the stage runs, and where no worker answers', () => {
    const running = runningSnapshot([{ stage: 'collect', state: 'running' }]);
    expect(() => datasetOf(running)).toThrow('demo-1 has no dataset: collect is running. See');
    const { workflowId, runId, elapsedSeconds, execution } = running;
    const silent = { workflowId, runId, elapsedSeconds, execution, note: 'no worker answers yet' };
    expect(() => datasetOf(silent)).toThrow('demo-1 has no dataset: no worker answers yet.');
  });
});
