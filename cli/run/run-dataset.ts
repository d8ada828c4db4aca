import type { ArtifactRef } from '../../contracts/artifact.js';
import { Stage } from '../../recipe/stage.js';
import { RunFailedError } from '../failures.js';
import type { RunSnapshot } from './run-snapshot.js';

/**
 * The dataset that a run collected, or took over from another.
 *
 * @throws RunFailedError saying how far the stage has come if there is none.
 */
export function datasetOf({ workflowId, progress, note }: RunSnapshot): ArtifactRef {
  const stage = progress?.stages.find((found) => found.stage === Stage.collect);
  const ref = stage?.outputs?.['dataset'];
  if (ref !== undefined) return ref;
  const state =
    stage === undefined ? (note ?? 'it has no such stage') : `collect is ${stage.state}`;
  throw new RunFailedError(
    `${workflowId} has no dataset: ${state}. See burnish status ${workflowId}`,
  );
}
