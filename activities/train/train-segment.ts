import { rm } from 'node:fs/promises';
import { Context } from '@temporalio/activity';
import type { MetricMeter } from '@temporalio/common';
import type { BurnishActivities } from '../../contracts/activities.js';
import type { CheckpointRef } from '../../contracts/artifact.js';
import type {
  EngineCheckpoint,
  EngineProgress,
  TrainJob,
  TrainOutcome,
} from '../../contracts/engine-job.js';
import { trainedKinds, type TrainingMethod } from '../../contracts/names.js';
import type {
  SegmentInput,
  SegmentResult,
  TrainingProgress,
  TrainingResult,
} from '../../contracts/training.js';
import { commitCheckpoint } from '../../storage/checkpoints.js';
import { untilAnswered } from '../../storage/until-answered.js';
import { writeArtifact } from '../../storage/artifacts.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { pruneCheckpoints } from '../../storage/prune-checkpoints.js';
import type { ActivityDependencies, StoreDependencies } from '../dependencies.js';
import { countTries, createProgressReporter, whileSaving } from '../wrap-activity.js';
import { prepareSegment, type SegmentPlaces } from './prepare-segment.js';
import { pathKey } from './training-path.js';

type TrainDependencies = Pick<ActivityDependencies, 'store' | 'engine'>;

/**
 * The activity that trains one segment, in a work folder of its own that is deleted at its end.
 *
 * It trains from the newest committed checkpoint until done, out of time, or asked to stop.
 *
 * A pause or stop of the workflow arrives as a cancel request and ends with a checkpoint and the result `paused`. A
 * worker's shutdown or an operator's pause of the activity ends with a checkpoint too, but as a failed attempt: the next
 * one goes on from there.
 */
export function createTrainSegment(
  dependencies: TrainDependencies & StoreDependencies,
): BurnishActivities['trainSegment'] {
  return (input) =>
    withWorkFolder(dependencies.cacheFolder, (workFolder) =>
      trainSegment(input, { ...dependencies, workFolder }),
    );
}

async function trainSegment(
  input: SegmentInput,
  dependencies: TrainDependencies & SegmentPlaces,
): Promise<SegmentResult> {
  const context = Context.current();
  const { store } = dependencies;
  const show = createProgressShow(input, context);
  const places = { ...dependencies, heldDigest: dependencies.engine().heldDigest };
  const prepared = await prepareSegment(input, places, (skipped) => {
    context.log.warn('A damaged checkpoint was passed over', { ...skipped });
  });
  context.cancellationSignal.throwIfAborted();
  if (prepared.resumed) show.checkpoint(prepared.resumed);

  // Of the segment before: between two segments nothing should wait for it.
  const pruning = prune(input, dependencies, context);
  const { outcome, checkpoint } = await whileSaving(() =>
    runEngine(input, prepared.job, { ...dependencies, show }),
  ).finally(() => pruning);
  const wasCut = outcome.status === 'paused' && context.cancellationSignal.aborted;
  if (wasCut && !context.cancellationDetails?.cancelRequested) await context.cancelled;
  const result = outcome.result && (await storeResult(store, input.method, outcome.result));
  if (result) await prune(input, dependencies, context);
  return {
    status: outcome.status,
    progress: { stage: input.stage, ...outcome.progress },
    checkpoint,
    attempts: countTries(context),
    ...(result && { result }),
  };
}

/** The engine's outcome, with every checkpoint it wrote committed, the last one included. */
async function runEngine(
  input: SegmentInput,
  job: TrainJob,
  dependencies: TrainDependencies & { show: ProgressShow },
): Promise<{ outcome: TrainOutcome; checkpoint: CheckpointRef }> {
  const context = Context.current();
  const { cancellationSignal } = context;
  const { store, show } = dependencies;
  const stageKey = pathKey(input);
  const { attempt } = context.info;
  const commitOnce = async (checkpoint: EngineCheckpoint): Promise<CheckpointRef> => {
    const ref = await commitCheckpoint(store, { ...checkpoint, stageKey, attempt });
    await rm(checkpoint.folder, { recursive: true, force: true });
    return ref;
  };
  /** Waits for a store that cannot answer. */
  const commit = (checkpoint: EngineCheckpoint) =>
    untilAnswered(() => commitOnce(checkpoint), { signal: cancellationSignal });
  const stop = new AbortController();
  const uploads = createCheckpointUploads(
    async (checkpoint) => {
      show.checkpoint(await commit(checkpoint));
      await prune(input, dependencies, context);
    },
    () => {
      stop.abort();
    },
  );
  const engine = dependencies.engine();
  const outcome = await engine
    .run(job, {
      onProgress: show.step,
      onCheckpoint: (checkpoint) => uploads.take(checkpoint),
      signal: AbortSignal.any([cancellationSignal, stop.signal]),
    })
    .catch(async (error: unknown) => {
      // A checkpoint on its way is what the next attempt, or a way back, begins from.
      await uploads.finish().catch(() => undefined);
      throw error;
    });
  await uploads.finish();
  const checkpoint = await commit(outcome.checkpoint);
  show.checkpoint(checkpoint);
  if (outcome.status === 'paused') engine.retain(checkpoint.digest);
  return { outcome, checkpoint };
}

/**
 * Uploads that run beside the training, one at a time, so that a slow store slows the training down and disk use stays
 * bounded.
 *
 * `onFailed` is called as soon as an upload fails in a way that waiting cannot mend; `finish` throws what it failed with.
 */
function createCheckpointUploads(
  upload: (checkpoint: EngineCheckpoint) => Promise<void>,
  onFailed: () => void,
) {
  let current: Promise<void> = Promise.resolve();
  return {
    /** Starts an upload once the one before has ended; training goes on meanwhile. */
    take: async (checkpoint: EngineCheckpoint): Promise<void> => {
      await current;
      current = upload(checkpoint);
      // `finish` or the next `take` reports it; without this Node would end the process first.
      current.catch(onFailed);
    },
    finish: (): Promise<void> => current,
  };
}

type ProgressShow = ReturnType<typeof createProgressShow>;

/** Joins the newest step and the newest checkpoint into the details of heartbeats. */
function createProgressShow(input: SegmentInput, context: Context) {
  const report = createProgressReporter();
  const record = createTrainingRecorder(context.metricMeter);
  let progress: Partial<TrainingProgress> = { stage: input.stage };
  return {
    step: (step: EngineProgress): void => {
      progress = { ...progress, ...step };
      report(progress);
      record({ stage: input.stage, ...step });
    },
    checkpoint: (checkpoint: CheckpointRef): void => {
      progress = { ...progress, checkpoint };
      report(progress);
    },
  };
}

/** Old checkpoints cost space only: a failure to delete them must not cost training. */
async function prune(
  input: SegmentInput,
  { store }: TrainDependencies,
  context: Context,
): Promise<void> {
  const { keepCheckpoints: keep, keepCheckpointEvery: every, keepBestCheckpoint: best } = input;
  const stageKey = pathKey(input);
  try {
    const { guard } = input.settings;
    await pruneCheckpoints(store, {
      stageKey,
      keep,
      ...(every !== undefined && { every }),
      ...(best !== undefined && { best }),
      ...(guard.answer !== 'stop' && { reach: guard.stepsBack }),
      pinned: [],
    });
  } catch (error) {
    context.log.warn('Old checkpoints could not be deleted', { stageKey, error });
  }
}

/** A recorder of training progress as gauges, tagged with the stage. */
function createTrainingRecorder(meter: MetricMeter): (progress: TrainingProgress) => void {
  const step = meter.createGauge('burnish_training_step', 'float', '1', 'Steps done');
  const metric = meter.createGauge('burnish_training_metric', 'float', '1', 'Loss or mean score');
  const speed = meter.createGauge('burnish_training_tokens_per_second', 'float', '1', 'Tokens/s');
  return (progress) => {
    const tags = { stage: progress.stage };
    step.set(progress.stepIndex, tags);
    // A loss that is not a number is the engine's to report; a gauge refuses it.
    if (Number.isFinite(progress.metric.value)) {
      metric.set(progress.metric.value, { ...tags, metric: progress.metric.name });
    }
    speed.set(progress.tokensPerSecond, tags);
  };
}

/** References of a completed training's model and metrics, stored as artifacts. */
async function storeResult(
  store: ActivityDependencies['store'],
  method: TrainingMethod,
  { modelFolder, metricsFolder, summary }: NonNullable<TrainOutcome['result']>,
): Promise<TrainingResult> {
  const model = await writeArtifact(store, trainedKinds[method], modelFolder);
  const metrics = await writeArtifact(store, 'metrics', metricsFolder);
  return { model, metrics, summary };
}
