import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { BurnishActivities } from '../../../contracts/activities.js';
import type { ArtifactKind, ArtifactRef, CheckpointRef } from '../../../contracts/artifact.js';
import type { Stage } from '../../../recipe/stage.js';
import { recipeSchema } from '../../../recipe/recipe.js';
import { RecipeInvalidError } from '../../../recipe/check-recipe.js';
import { TrainingDivergedError } from '../../../engine/training/guards.js';
import { stageKey } from '../../../activities/stage/open-stage.js';
import type { StageRecord } from '../../../contracts/stages.js';
import { pathKey } from '../../../activities/train/training-path.js';
import {
  countTries,
  createProgressReporter,
  whileSaving,
} from '../../../activities/wrap-activity.js';
import type { SegmentInput, SegmentResult } from '../../../contracts/training.js';

/** What fake activities were asked, in order. */
export interface FakeCall {
  name: keyof BurnishActivities;
  input: unknown;
  /** The queue its worker served. */
  queue: string;
}

export interface FakeActivities extends BurnishActivities {
  calls: FakeCall[];
  records: Map<string, StageRecord>;
  /** Steps of a stage's training, ten unless set. */
  stepCounts: Partial<Record<Stage, number>>;
  /** Milliseconds a training segment takes for each of its steps. */
  stepMs: number;
  /** Steps after which a segment is out of time. */
  stepsPerSegment: number;
  shardCount: number;
  /** The newest step of each path of a training, as the store would hold it. */
  committed: Map<string, number>;
  /** Where a guard trips, each once: the workflow of the stage and the step. */
  trips: { workflowId: string; stepIndex: number }[];
}

/** A reference that names nothing stored; equal texts, equal digests. */
export function fakeRef(kind: ArtifactKind, text: string): ArtifactRef {
  const digest = createHash('sha256').update(`${kind}:${text}`).digest('hex');
  return { kind, digest, uri: `s3://fake/artifacts/${kind}/${digest}/`, byteLength: text.length };
}

/** A checkpoint reference that names nothing stored. */
export function fakeCheckpoint(key: string, stepIndex: number): CheckpointRef {
  const digest = createHash('sha256').update(`${key}:${stepIndex}`).digest('hex');
  return { digest, uri: `s3://fake/checkpoints/${key}/${stepIndex}`, stepIndex };
}

const defaultStepCount = 10;

/** Small activities that keep no files: results depend on their inputs alone, as the real ones' do. */
export function createFakeActivities(options: { stepMs?: number } = {}): FakeActivities {
  const calls: FakeCall[] = [];
  const records = new Map<string, StageRecord>();
  const noted = <Name extends keyof BurnishActivities>(
    name: Name,
    answer: (
      input: Parameters<BurnishActivities[Name]>[0],
    ) => ReturnType<BurnishActivities[Name]> | Awaited<ReturnType<BurnishActivities[Name]>>,
  ): BurnishActivities[Name] =>
    (async (input: Parameters<BurnishActivities[Name]>[0]) => {
      calls.push({ name, input, queue: Context.current().info.taskQueue });
      return answer(input);
    }) as BurnishActivities[Name];
  const of = (kind: ArtifactKind, input: unknown): ArtifactRef =>
    fakeRef(kind, JSON.stringify(input));

  const fakes: FakeActivities = {
    calls,
    records,
    stepCounts: {},
    stepMs: options.stepMs ?? 0,
    stepsPerSegment: defaultStepCount,
    shardCount: 3,
    trips: [],
    committed: new Map(),
    admitRecipe: noted('admitRecipe', (value) => {
      const parsed = recipeSchema.safeParse(value);
      if (parsed.success) {
        const base = fakeRef('model', 'base');
        return { recipe: parsed.data, digest: of('report', value).digest, base, sourceDigests: [] };
      }
      const mistakes = parsed.error.issues.map(({ path, message }) => ({
        path: path.join('.'),
        message,
      }));
      throw new RecipeInvalidError('of the test', mistakes);
    }),
    openStage: noted('openStage', (input) => {
      const key = stageKey(input, input.force ? String(calls.length) : undefined);
      const reused = records.get(key);
      return reused ? { stageKey: key, reused } : { stageKey: key };
    }),
    commitStage: noted('commitStage', (record) => {
      records.set(record.stageKey, record);
      return record;
    }),
    pruneCheckpoints: noted('pruneCheckpoints', () => ({ removed: 0 })),
    planCollection: noted('planCollection', (input) => ({
      rows: of('dataset', input),
      shardCount: fakes.shardCount,
      rowCount: 30,
      rejectedCount: 1,
      spent: {},
      spentByShard: {},
    })),
    collectShard: noted('collectShard', (input) => ({
      shardIndex: input.shardIndex,
      pairs: of('dataset', [input.settings, input.shardIndex]),
      pairCount: 10,
      rejectedCount: 0,
      quarantinedCount: 0,
      spent: {},
    })),
    mergeCollection: noted('mergeCollection', (input) => ({
      dataset: of('dataset', input.shards),
      summary: { pairs: 30 },
    })),
    trainSegment: noted('trainSegment', (input) => whileSaving(() => trainFake(input, fakes))),
    sampleForLabels: noted('sampleForLabels', (input) => ({
      texts: of('labels', input),
      summary: { texts: 3 },
    })),
    planScores: noted('planScores', (input) => ({
      rows: of('labels', input),
      shardCount: fakes.shardCount,
      rowCount: 30,
      spent: {},
      spentByShard: {},
    })),
    scoreShard: noted('scoreShard', (input) => ({
      shardIndex: input.shardIndex,
      scores: of('labels', [input.plan.rows, input.shardIndex]),
      quarantinedCount: 0,
      spent: {},
    })),
    labelTexts: noted('labelTexts', (input) => ({
      labels: of('labels', input.texts),
      summary: { rows: 3 },
    })),
    scorePolicySamples: noted('scorePolicySamples', (input) => ({
      curve: of('metrics', input.metrics),
      summary: { scorerEnd: 0.5 },
    })),
    rewriteHeldOut: noted('rewriteHeldOut', (input) => ({ texts: of('evaluation', input) })),
    evaluateTexts: noted('evaluateTexts', (input) => ({
      evaluation: of('evaluation', input.texts),
      summary: { mixed: 0.25 },
    })),
    publishModel: noted('publishModel', (input) => ({
      version: `${input.settings.name}-1`,
      aliasMoved: true,
      message: 'Published.',
    })),
    renderReport: noted('renderReport', (input) => of('report', input.recipe.digest)),
  };
  return fakes;
}

function diverged(stepIndex: number): Error {
  const trip = { measure: 'loss', value: 'NaN', expected: 'a finite number', stepIndex };
  return new TrainingDivergedError(trip, 'of the test');
}

/** The training's steps; an abort ends it in the middle of a step with the result `paused`. */
async function trainFake(
  input: SegmentInput,
  { stepCounts, stepMs, stepsPerSegment, trips, committed }: FakeActivities,
): Promise<SegmentResult> {
  const { cancellationSignal, info } = Context.current();
  const stepCount = stepCounts[input.stage] ?? defaultStepCount;
  const workflowId = info.workflowExecution?.workflowId;
  const report = createProgressReporter();
  const path = pathKey(input);
  let stepIndex = committed.get(path) ?? input.from?.stepIndex ?? 0;
  const progress = (): SegmentResult['progress'] => ({
    stage: input.stage,
    stepIndex,
    stepCount,
    metric: { name: 'loss', value: 1 / (1 + stepIndex) },
    tokensPerSecond: 100,
    secondsLeft: ((stepCount - stepIndex) * stepMs) / 1000,
  });
  const end = Math.min(stepCount, stepIndex + stepsPerSegment);
  while (stepIndex < end && !cancellationSignal.aborted) {
    const isCut = await delay(stepMs, false, { signal: cancellationSignal }).catch(() => true);
    if (isCut) break;
    const trip = trips.findIndex(
      (one) => one.workflowId === workflowId && one.stepIndex === stepIndex,
    );
    if (trip >= 0) {
      trips.splice(trip, 1);
      throw diverged(stepIndex);
    }
    stepIndex += 1;
    report(progress());
  }
  committed.set(path, stepIndex);
  const context = Context.current();
  // As the real one: whatever is no request of the workflow's ends the attempt, not the segment.
  if (cancellationSignal.aborted && !context.cancellationDetails?.cancelRequested)
    await context.cancelled;
  const checkpoint = fakeCheckpoint(input.stageKey, stepIndex);
  const state = { progress: progress(), checkpoint, attempts: countTries(context) };
  if (stepIndex < stepCount) return { status: 'paused', ...state };
  const kind = input.method === 'reward' ? 'reward-model' : 'model';
  const text = JSON.stringify([input.stage, input.settings, input.inputs, input.seed]);
  const result = {
    model: fakeRef(kind, text),
    metrics: fakeRef('metrics', text),
    summary: { loss: 0.1 },
  };
  return { status: 'completed', ...state, result };
}
