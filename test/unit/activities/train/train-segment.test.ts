import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { ActivityCancellationDetails, CancelledFailure } from '@temporalio/common';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createTrainSegment } from '../../../../activities/train/train-segment.js';
import { wrapActivity } from '../../../../activities/wrap-activity.js';
import type { CheckpointRef } from '../../../../contracts/artifact.js';
import type {
  SegmentInput,
  SegmentResult,
  TrainingProgress,
} from '../../../../contracts/training.js';
import { fineTuneSchema } from '../../../../recipe/sections/training.js';
import { readArtifact, writeArtifact } from '../../../../storage/artifacts.js';
import { parseCommitKey } from '../../../../storage/checkpoint-commit.js';
import { newestCheckpoint } from '../../../../storage/checkpoints.js';
import { createFakeEngine, type FakeEngine } from './fake-engine.js';
import { silentLogger } from '../../../support/fakes/silent-logger.js';
import { createMemoryStore, type MemoryStore } from '../../../support/fakes/memory-store.js';

const stageKey = 'a'.repeat(64);
/** 1 + 2 + ... + 20, what an uninterrupted run adds up to. */
const wholeSum = 210;
let folder: string;
let store: MemoryStore;
let engine: FakeEngine;
let input: SegmentInput;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'burnish-train-'));
  store = createMemoryStore();
  engine = createFakeEngine({ stepCount: 20, checkpointEvery: 4, stepMs: 10 });
  const source = join(folder, 'dataset');
  await mkdir(source);
  await writeFile(join(source, 'train.jsonl'), '{}\n');
  input = {
    stage: 'fineTune',
    method: 'sft',
    stageKey,
    seed: 1,
    settings: {
      ...fineTuneSchema.parse({ guard: { answer: 'stop' } }),
      template: 'Input: {x}\nOutput:',
    },
    inputs: {
      dataset: await writeArtifact(store, 'dataset', source),
      model: await writeArtifact(store, 'model', source),
    },
    maxSeconds: 60,
    checkpointSeconds: 1,
    keepCheckpoints: 2,
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

interface Attempt {
  environment: MockActivityEnvironment;
  beats: (Partial<TrainingProgress> | undefined)[];
  result: Promise<SegmentResult>;
}

function attempt(number = 1): Attempt {
  const environment = new MockActivityEnvironment({ attempt: number }, { logger: silentLogger });
  const beats: (Partial<TrainingProgress> | undefined)[] = [];
  environment.on('heartbeat', (details: Partial<TrainingProgress> | undefined) =>
    beats.push(details),
  );
  const cacheFolder = join(folder, 'cache');
  const body = wrapActivity(createTrainSegment({ store, cacheFolder, engine: () => engine }));
  const result = environment.run<[SegmentInput], SegmentResult, typeof body>(body, input);
  result.catch(() => undefined);
  return { environment, beats, result };
}

async function untilCommitted(stepIndex: number): Promise<CheckpointRef> {
  for (;;) {
    const newest = await newestCheckpoint(store, stageKey);
    if (newest && newest.stepIndex >= stepIndex) return newest;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

async function sumOf(result: SegmentResult): Promise<string> {
  const model = await readArtifact(store, result.result!.model, join(folder, 'read'));
  return readFile(join(model, 'weights'), 'utf8');
}

const details = (reason: Partial<ActivityCancellationDetails>): ActivityCancellationDetails =>
  new ActivityCancellationDetails(reason);

test('trains to the end and stores model, metrics and the last checkpoint', async () => {
  const result = await attempt().result;
  expect(result).toMatchObject({ status: 'completed', attempts: 1, checkpoint: { stepIndex: 20 } });
  expect(result.result?.summary).toEqual({ sum: wholeSum });
  expect(result.result?.metrics.kind).toBe('metrics');
  expect(await sumOf(result)).toBe(String(wholeSum));
});

test('keeps the newest checkpoints only, and nothing in the work folder', async () => {
  await attempt().result;
  const commits = [...store.objects.keys()].filter((key) => /checkpoints?\/.*commit/.test(key));
  expect(commits).toHaveLength(input.keepCheckpoints);
  const left = await readdir(join(folder, 'cache'));
  expect(left.filter((name) => name.startsWith('work-'))).toEqual([]);
});

test('keeps the milestones and the best of a recipe that asks for them', async () => {
  input = { ...input, keepCheckpoints: 1, keepCheckpointEvery: 7, keepBestCheckpoint: true };
  engine = createFakeEngine({ stepCount: 20, checkpointEvery: 2, stepMs: 1 });
  await attempt().result;
  const steps = [...store.objects.keys()].flatMap((key) => parseCommitKey(key)?.stepIndex ?? []);
  expect(steps.sort((a, b) => a - b)).toEqual([8, 10, 14, 20]);
});

test('a cancel request ends it with a checkpoint and the result paused', async () => {
  const { environment, result } = attempt();
  await untilCommitted(4);
  environment.cancel('CANCELLED', details({ cancelRequested: true }));
  const paused = await result;
  expect(paused.status).toBe('paused');
  expect(paused.result).toBeUndefined();
  expect(await newestCheckpoint(store, stageKey)).toEqual(paused.checkpoint);
  expect(engine.retained).toEqual([paused.checkpoint.digest]);
});

test.each([
  ["an operator's pause of the activity", 'PAUSED', { paused: true }],
  ["an operator's reset of the activity", 'RESET', { reset: true }],
] as const)(
  '%s ends the attempt with a checkpoint, as a cancellation',
  async (_what, reason, why) => {
    const { environment, result } = attempt();
    await untilCommitted(4);
    environment.cancel(reason, details(why));
    await expect(result).rejects.toThrow(CancelledFailure);
    expect((await untilCommitted(5)).stepIndex).toBeLessThan(20);
  },
);

test("a worker's shutdown ends the attempt with a checkpoint, as no try", async () => {
  const { environment, result } = attempt();
  await untilCommitted(4);
  environment.cancel('WORKER_SHUTDOWN', details({ workerShutdown: true }));
  await expect(result).rejects.toMatchObject({ type: 'WorkerShutdown' });
  expect((await untilCommitted(5)).stepIndex).toBeLessThan(20);
});

test('an attempt that wakes up late changes nothing: the first commit of a step stands', async () => {
  const late = attempt(1);
  await untilCommitted(4);
  const wake = engine.stall();
  const second = await attempt(2).result;
  const before = new Map([...store.objects].map(([key, object]) => [key, object.etag]));
  wake();
  const first = await late.result;
  expect(first.checkpoint).toEqual(second.checkpoint);
  expect(first.result).toEqual(second.result);
  for (const [key, etag] of before) expect(store.objects.get(key)?.etag).toBe(etag);
  expect(await sumOf(second)).toBe(String(wholeSum));
});

test('a guard that tripped names the step, and leaves what was on its way in the store', async () => {
  engine.trip(10);
  await expect(attempt().result).rejects.toMatchObject({
    type: 'TrainingDivergedError',
    nonRetryable: true,
    details: [{ measure: 'loss', stepIndex: 10 }],
  });
  expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(8);
});

test('a training that went back begins at or before the step of the change and keeps to a path of its own', async () => {
  engine.trip(10);
  await attempt().result.catch(() => undefined);
  input.rateChanges = [{ fromStep: 6, factor: 0.5 }];
  const before = await newestCheckpoint(store, stageKey, { maxStepIndex: 6 });
  expect(before?.stepIndex).toBe(4);
  const result = await attempt().result;
  expect(engine.jobs[1]).toMatchObject({
    rateChanges: input.rateChanges,
    resumeDigest: before?.digest,
    resumeFrom: expect.stringContaining(before!.digest) as string,
  });
  expect(result.checkpoint.uri).toContain(`${stageKey}-6x0.5/`);
  expect((await newestCheckpoint(store, stageKey))?.stepIndex).toBe(8);
  expect(await sumOf(result)).toBe(String(wholeSum));
});

test('a retry goes on from the newest commit and ends with the same weights', async () => {
  const first = attempt();
  const committed = await untilCommitted(8);
  engine.crash();
  await expect(first.result).rejects.toThrow('SIGSEGV');
  const newest = await newestCheckpoint(store, stageKey);
  const second = await attempt(2).result;
  expect(engine.jobs[1]?.resumeDigest).toBe(newest?.digest);
  expect(second).toMatchObject({ status: 'completed', attempts: 2 });
  expect(committed.stepIndex).toBeGreaterThanOrEqual(8);
  expect(await sumOf(second)).toBe(String(wholeSum));
});

test('passes over a damaged checkpoint and still ends with the same weights', async () => {
  const first = attempt();
  await untilCommitted(8);
  engine.crash();
  await first.result.catch(() => undefined);
  const damaged = (await newestCheckpoint(store, stageKey))!;
  const maxStepIndex = damaged.stepIndex - 1;
  const whole = await newestCheckpoint(store, stageKey, { maxStepIndex });
  const step = String(damaged.stepIndex);
  const key = [...store.objects.keys()].find(
    (name) => name.endsWith('state.json') && name.includes(step.padStart(4, '0')),
  )!;
  await store.put(key, 'torn');
  const second = await attempt(2).result;
  expect(await sumOf(second)).toBe(String(wholeSum));
  expect(whole?.stepIndex).toBe(damaged.stepIndex - 4);
  expect(engine.jobs[1]?.resumeDigest).toBe(whole?.digest);
});

test('goes on from memory without reading the checkpoint, whatever became of its files', async () => {
  const { environment, result } = attempt();
  await untilCommitted(4);
  environment.cancel('CANCELLED', details({ cancelRequested: true }));
  const { checkpoint } = await result;
  for (const key of store.objects.keys()) {
    if (key.endsWith('state.json')) await store.put(key, 'torn');
  }
  expect(await sumOf(await attempt().result)).toBe(String(wholeSum));
  expect(engine.jobs[1]).toMatchObject({ resumeDigest: checkpoint.digest });
  expect(engine.jobs[1]?.resumeFrom).toBeUndefined();
});

test('waits for a store that cannot answer, and loses nothing', async () => {
  const put = store.putFile.bind(store);
  let refusals = 2;
  store.putFile = async (key, path) => {
    if (key.includes('checkpoint') && refusals > 0) {
      refusals -= 1;
      const error = new Error('no answer');
      error.name = 'StoreUnavailableError';
      throw error;
    }
    return put(key, path);
  };
  expect(await sumOf(await attempt().result)).toBe(String(wholeSum));
  expect(refusals).toBe(0);
  expect(engine.jobs).toHaveLength(1);
});

test('stops training when a checkpoint can never be stored', async () => {
  store.putFile = () => {
    const error = new Error('no permission');
    error.name = 'StoreRefusedError';
    return Promise.reject(error);
  };
  await expect(attempt().result).rejects.toMatchObject({
    type: 'StoreRefusedError',
    nonRetryable: true,
  });
});

test('heartbeats carry the step and the newest checkpoint', async () => {
  engine = createFakeEngine({ stepCount: 20, checkpointEvery: 4, stepMs: 120 });
  const { beats, result } = attempt();
  await result;
  const seen = beats.filter((beat) => beat?.stepIndex !== undefined);
  expect(seen.length).toBeGreaterThan(0);
  const last = seen.at(-1);
  expect(last).toMatchObject({ stage: 'fineTune', stepCount: 20, metric: { name: 'loss' } });
  expect(last?.checkpoint?.uri).toContain(stageKey);
});

test('a cancel before the engine begins starts no training', async () => {
  const { environment, result } = attempt();
  environment.cancel('CANCELLED', details({ cancelRequested: true }));
  await expect(result).rejects.toThrow(CancelledFailure);
  expect(engine.jobs).toEqual([]);
});
