import { ActivityFailure, ApplicationFailure, workflowInfo } from '@temporalio/workflow';
import type { CheckpointRef } from '../contracts/artifact.js';
import { FailureType } from '../contracts/names.js';
import type { StageWork } from '../contracts/stages.js';
import type {
  Divergence,
  SegmentInput,
  SegmentResult,
  TrainingTask,
} from '../contracts/training.js';
import { activities } from './activity-proxies.js';
import { answerDivergence, changesOf, describeDivergence, wentBack } from './answer-divergence.js';
import { continueStage, type StageControl, type StageRun } from './stage-control.js';

/** Loading inputs, compiling and uploading come on top of the training time of a segment. */
const overheadSeconds = 3600;

/**
 * The model and metrics of a stage that trains, segment by segment; between segments it can pause, stop and continue as new.
 *
 * @throws ApplicationFailure StageStoppedError once an operator stopped the stage.
 */
export async function runSegments(run: StageRun, task: TrainingTask): Promise<StageWork> {
  const { input, control } = run;
  let from = input.carried?.from;
  for (;;) {
    await control.untilRunnable();
    if (workflowInfo().continueAsNewSuggested) await continueStage(run, from && { from });
    const result = await runSegment(run, task, from).catch(async (error: unknown) => {
      await handleDivergence(error, control, task);
      from = undefined;
      return undefined;
    });
    if (!result) continue;
    const { checkpoint } = result;
    from = checkpoint;
    if (!result.result) continue;
    await pruneAll(run, checkpoint);
    const { model, metrics, summary } = result.result;
    return { outputs: { model, metrics }, checkpoint, summary };
  }
}

async function runSegment(
  { input, control, stageKey }: StageRun,
  task: TrainingTask,
  from: CheckpointRef | undefined,
): Promise<SegmentResult | undefined> {
  const { compute, seed } = input.recipe.recipe;
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
    // Before the work ends, so that a status that shows a pause shows the checkpoint it left.
    await control.dispatch({ type: 'segment ended', result });
    return result;
  });
}

/**
 * Does what the recipe, or the operator whom it asks, wants done after the training diverged.
 *
 * @throws the error itself if it is of another kind; ApplicationFailure TrainingDivergedError if training ends here.
 */
async function handleDivergence(
  error: unknown,
  control: StageControl,
  task: TrainingTask,
): Promise<void> {
  const divergence = divergenceOf(error);
  if (divergence === undefined) throw error;
  const { guard } = task.settings;
  const answered = answerDivergence(divergence, guard, control.state.status.trips ?? []);
  await control.dispatch({ type: 'diverged', divergence: answered });
  if (answered.answer === 'ended') {
    throw ApplicationFailure.nonRetryable(
      describeDivergence(answered),
      FailureType.trainingDiverged,
      divergence,
    );
  }
  if (answered.answer === 'went back') return;
  await control.untilRunnable();
  const chosen = wentBack(divergence, guard, control.state.rateFactor);
  await control.dispatch({ type: 'diverged', divergence: chosen });
}

function divergenceOf(error: unknown): Divergence | undefined {
  if (!(error instanceof ActivityFailure)) return undefined;
  const { cause } = error;
  if (!(cause instanceof ApplicationFailure)) return undefined;
  const [divergence] = (cause.details ?? []) as Divergence[];
  return cause.type === FailureType.trainingDiverged ? divergence : undefined;
}

/** Deletes all checkpoints of a finished training but its last one and those that the recipe keeps for good. */
async function pruneAll(
  { input, control, stageKey }: StageRun,
  last: CheckpointRef,
): Promise<void> {
  const { keepCheckpointEvery: every, keepBestCheckpoint: best } = input.recipe.recipe.compute;
  const rateChanges = changesOf(control.state.status.trips);
  const path = { stageKey, ...(rateChanges.length > 0 && { rateChanges }) };
  await activities.pruneCheckpoints.executeWithOptions(
    { activityId: 'prune', summary: 'Delete checkpoints of the finished training' },
    [{ ...path, keep: 1, every, best, pinned: [last] }],
  );
}
