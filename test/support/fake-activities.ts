import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { BurnishActivities } from '../../contracts/activities.js';
import type { ArtifactKind, ArtifactRef, CheckpointRef } from '../../contracts/artifact.js';
import { recipeSchema } from '../../contracts/recipe/recipe.js';
import { RecipeInvalidError } from '../../contracts/errors.js';
import { stageKey } from '../../activities/stage/stage-key.js';
import type { StageRecord } from '../../contracts/stages.js';
import { createProgressReporter } from '../../activities/wrap-activity.js';
import type { SegmentInput, SegmentResult } from '../../contracts/training.js';

/** What fake activities were asked, in order. */
export interface FakeCall {
  name: keyof BurnishActivities;
  input: unknown;
}

export interface FakeActivities extends BurnishActivities {
  calls: FakeCall[];
  records: Map<string, StageRecord>;
  /** Milliseconds a training segment takes for each of its ten steps. */
  stepMs: number;
  /** Steps after which a segment is out of time. */
  stepsPerSegment: number;
  shardCount: number;
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

const stepCount = 10;

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
      calls.push({ name, input });
      return answer(input);
    }) as BurnishActivities[Name];
  const of = (kind: ArtifactKind, input: unknown): ArtifactRef =>
    fakeRef(kind, JSON.stringify(input));

  const fakes: FakeActivities = {
    calls,
    records,
    stepMs: options.stepMs ?? 0,
    stepsPerSegment: stepCount,
    shardCount: 3,
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
    })),
    collectShard: noted('collectShard', (input) => ({
      shardIndex: input.shardIndex,
      pairs: of('dataset', [input.settings, input.shardIndex]),
      pairCount: 10,
      rejectedCount: 0,
    })),
    mergeCollection: noted('mergeCollection', (input) => ({
      dataset: of('dataset', input.shards),
      summary: { pairs: 30 },
    })),
    trainSegment: noted('trainSegment', (input) => trainFake(input, fakes)),
    sampleForLabels: noted('sampleForLabels', (input) => ({
      texts: of('labels', input),
      summary: { texts: 3 },
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

/** Ten steps; an abort ends it in the middle of a step with the result `paused`. */
async function trainFake(
  input: SegmentInput,
  { stepMs, stepsPerSegment }: FakeActivities,
): Promise<SegmentResult> {
  const { cancellationSignal, info } = Context.current();
  const report = createProgressReporter();
  let stepIndex = input.from?.stepIndex ?? 0;
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
    stepIndex += 1;
    report(progress());
  }
  const checkpoint = fakeCheckpoint(input.stageKey, stepIndex);
  const state = { progress: progress(), checkpoint, attempts: info.attempt };
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
