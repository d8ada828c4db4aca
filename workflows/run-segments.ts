import {
  ActivityFailure,
  ApplicationFailure,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type { CheckpointRef } from '../contracts/artifact.js';
import { FailureType } from '../contracts/names.js';
import type { GuardSettings } from '../recipe/sections/optimiser.js';
import type { StageInput } from '../contracts/stages.js';
import type {
  GuardTrip,
  SegmentInput,
  SegmentResult,
  TrainingResult,
} from '../contracts/training.js';
import { activities } from './activity-proxies.js';
import { answerTrip, changesOf, describeTrip, wentBack } from './answer-trip.js';
import type { StageControl } from './stage-control.js';

/** The part of a segment's input that a stage decides. */
export type TrainingTask = Pick<SegmentInput, 'method' | 'settings' | 'inputs'>;

/** What a training ended with. */
export interface FinishedTraining extends TrainingResult {
  /** What the model was written from. */
  checkpoint: CheckpointRef;
}

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
): Promise<FinishedTraining> {
  const { stageKey, task } = training;
  let from = input.carried?.from;
  for (;;) {
    await control.untilRunnable();
    if (workflowInfo().continueAsNewSuggested) await carryOn(input, control, { stageKey, from });
    const result = await runSegment(input, control, { stageKey, task, from }).catch(
      async (error: unknown) => {
        await handleTrip(error, control, task);
        from = undefined;
        return undefined;
      },
    );
    if (!result) continue;
    from = result.checkpoint;
    if (!result.result) continue;
    await pruneAll(input, control, { stageKey, last: result.checkpoint });
    return { ...result.result, checkpoint: result.checkpoint };
  }
}

async function runSegment(
  input: StageInput,
  control: StageControl,
  training: { stageKey: string; task: TrainingTask; from: CheckpointRef | undefined },
): Promise<SegmentResult | undefined> {
  const { compute, seed } = input.recipe.recipe;
  const { stageKey, task, from } = training;
  const { segments = 0, trips } = control.state.status;
  const rateChanges = changesOf(trips);
  const number = segments + (trips?.length ?? 0) + 1;
  const segment: SegmentInput = {
    ...task,
    stage: input.stage,
    stageKey,
    seed,
    ...(from && { from }),
    ...(rateChanges.length > 0 && { rateChanges }),
    maxSeconds: compute.segmentSeconds,
    checkpointSeconds: compute.checkpointSeconds,
    keepCheckpoints: compute.keepCheckpoints,
    keepCheckpointEvery: compute.keepCheckpointEvery,
    keepBestCheckpoint: compute.keepBestCheckpoint,
  };
  const start = from ? `step ${from.stepIndex}` : 'the newest checkpoint, or the beginning';
  return control.interruptibleWork(async () => {
    const result = await activities.trainSegment.executeWithOptions(
      {
        activityId: `segment-${String(number).padStart(4, '0')}`,
        summary: `${input.stage}: segment ${number} from ${start}`,
        startToCloseTimeout: (compute.segmentSeconds + overheadSeconds) * 1000,
      },
      [segment],
    );
    // Told before the work ends, so that whoever sees a pause sees the checkpoint it left.
    await control.dispatch({ type: 'segment ended', result });
    return result;
  });
}

/**
 * Does what the recipe, or the operator whom it asks, wants done after a guard of the training tripped.
 *
 * @throws the error itself if it is of another kind; ApplicationFailure TrainingDivergedError if training ends here.
 */
async function handleTrip(
  error: unknown,
  control: StageControl,
  task: TrainingTask,
): Promise<void> {
  const trip = tripOf(error);
  if (trip === undefined) throw error;
  const { guard } = task.settings as { guard: GuardSettings };
  const answered = answerTrip(trip, guard, control.state.status.trips ?? []);
  await control.dispatch({ type: 'tripped', trip: answered });
  if (answered.answer === 'ended') {
    throw ApplicationFailure.nonRetryable(
      describeTrip(answered),
      FailureType.trainingDiverged,
      trip,
    );
  }
  if (answered.answer === 'went back') return;
  await control.untilRunnable();
  const chosen = wentBack(trip, guard, control.state.rateFactor);
  await control.dispatch({ type: 'tripped', trip: chosen });
}

function tripOf(error: unknown): GuardTrip | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const [trip] = (cause.details ?? []) as GuardTrip[];
  return cause.type === FailureType.trainingDiverged ? trip : undefined;
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

/** Of a finished training stay its last checkpoint and those that the recipe keeps for good. */
async function pruneAll(
  { recipe }: StageInput,
  control: StageControl,
  { stageKey, last }: { stageKey: string; last: CheckpointRef },
): Promise<void> {
  const { keepCheckpointEvery: every, keepBestCheckpoint: best } = recipe.recipe.compute;
  const rateChanges = changesOf(control.state.status.trips);
  const path = { stageKey, ...(rateChanges.length > 0 && { rateChanges }) };
  await activities.pruneCheckpoints.executeWithOptions(
    { activityId: 'prune', summary: 'Delete checkpoints of the finished training' },
    [{ ...path, keep: 1, every, best, pinned: [last] }],
  );
}
