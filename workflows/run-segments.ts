import { continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { CheckpointRef } from '../contracts/artifact.js';
import type { StageInput } from '../contracts/stages.js';
import type { SegmentInput, SegmentResult, TrainingResult } from '../contracts/training.js';
import { stageActivities, trainActivities } from './activity-proxies.js';
import type { StageControl } from './stage-control.js';

/** The part of a segment's input that a stage decides. */
export type TrainingTask = Pick<SegmentInput, 'method' | 'settings' | 'inputs'>;

/** Loading inputs, compiling and uploading come on top of the training time of a segment. */
const overheadSeconds = 3600;

/**
 * The finished training of a stage, segment by segment; between segments it can pause, stop and continue as new.
 *
 * @throws ApplicationFailure StageStoppedError once an operator stopped the stage.
 */
export async function runSegments(
  input: StageInput,
  control: StageControl,
  training: { stageKey: string; task: TrainingTask },
): Promise<TrainingResult> {
  const { stageKey, task } = training;
  let from = input.carried?.from;
  for (;;) {
    await control.untilRunnable();
    if (workflowInfo().continueAsNewSuggested) await carryOn(input, control, { stageKey, from });
    const result = await runSegment(input, control, { stageKey, task, from });
    if (!result) continue;
    from = result.checkpoint;
    await control.dispatch({ type: 'segment ended', result });
    if (!result.result) continue;
    await pruneAll(stageKey, result.checkpoint);
    return result.result;
  }
}

async function runSegment(
  input: StageInput,
  control: StageControl,
  training: { stageKey: string; task: TrainingTask; from: CheckpointRef | undefined },
): Promise<SegmentResult | undefined> {
  const { compute, seed } = input.recipe.recipe;
  const { stageKey, task, from } = training;
  const number = (control.state.status.segments ?? 0) + 1;
  const segment: SegmentInput = {
    ...task,
    stage: input.stage,
    stageKey,
    seed,
    ...(from && { from }),
    maxSeconds: compute.segmentSeconds,
    checkpointSeconds: compute.checkpointSeconds,
    keepCheckpoints: compute.keepCheckpoints,
  };
  const start = from ? `step ${from.stepIndex}` : 'the newest checkpoint, or the beginning';
  return control.interruptibleWork(() =>
    trainActivities.trainSegment.executeWithOptions(
      {
        activityId: `segment-${String(number).padStart(4, '0')}`,
        summary: `${input.stage}: segment ${number} from ${start}`,
        startToCloseTimeout: (compute.segmentSeconds + overheadSeconds) * 1000,
      },
      [segment],
    ),
  );
}

async function carryOn(
  input: StageInput,
  control: StageControl,
  training: { stageKey: string; from: CheckpointRef | undefined },
): Promise<never> {
  const { status, paused } = control.state;
  const { stageKey, from } = training;
  return continueAsNew<(input: StageInput) => Promise<unknown>>({
    ...input,
    carried: { status, paused, stageKey, ...(from && { from }) },
  });
}

/** A finished stage needs its last checkpoint only, and that one just until its result is committed. */
async function pruneAll(stageKey: string, last: CheckpointRef): Promise<void> {
  await stageActivities.pruneCheckpoints.executeWithOptions(
    { activityId: 'prune', summary: 'Delete checkpoints of the finished training' },
    [{ stageKey, keep: 1, pinned: [last] }],
  );
}
