import type { ArtifactRef, CheckpointRef } from '../../../contracts/artifact.js';
import type { RunReferences } from '../../../storage/garbage/verdict.js';
import { commitCheckpoint } from '../../../storage/checkpoints.js';
import { pinCheckpoint } from '../../../storage/checkpoint-commit.js';
import { publishVersion } from '../../../storage/registry.js';
import { writeStageRecord } from '../../../storage/stage-cache.js';
import { sha256 } from '../../../files/digest.js';
import { uniform } from '../../../text/random.js';
import { makeFiles } from '../folders.js';
import { storeFiles } from './made-up-run.js';
import { createMemoryStore, type MemoryStore } from '../fakes/memory-store.js';

export const HOUR = 3600_000;
export const DAY = 24 * HOUR;

/** Nothing runs and nothing has run. */
export const noRuns: RunReferences = { live: new Set(), liveCount: 0, finished: [] };

/** A bucket of made-up things, with what must outlive garbage collection. */
export interface MadeUpBucket {
  store: MemoryStore;
  runs: RunReferences;
  /** Of everything that something refers to. */
  artifacts: ArtifactRef[];
  /** Stage keys of records that stay. */
  records: string[];
  checkpoints: CheckpointRef[];
  /** Keys that only a person can have written. */
  foreign: string[];
  /** Keys that must go, one of each piece of garbage at least. */
  garbage: string[];
}

/** Sets the store's clock back while `work` writes. */
export async function writtenAgo<T>(
  store: MemoryStore,
  ageMs: number,
  work: () => Promise<T>,
): Promise<T> {
  const at = Date.now() - ageMs;
  store.now = () => at;
  try {
    return await work();
  } finally {
    store.now = () => Date.now();
  }
}

/** Commits a stage's checkpoint with made-up files. */
export async function commitFor(
  store: MemoryStore,
  stageKey: string,
  stepIndex: number,
): Promise<CheckpointRef> {
  const folder = await makeFiles({ policy: `${stageKey} ${stepIndex}`, moments: `${stepIndex}` });
  return commitCheckpoint(store, { stageKey, stepIndex, attempt: 1, folder });
}

/** Keeps a stage's result. */
export function recordFor(
  store: MemoryStore,
  stageKey: string,
  outputs: Record<string, ArtifactRef>,
): Promise<unknown> {
  return writeStageRecord(store, {
    ...{ stage: 'fineTune', stageKey, outputs, summary: {}, seconds: 1 },
    ...{ workflowId: 'made-up', runId: 'run', finishedAt: '2026-01-01T00:00:00.000Z' },
  });
}

/** Puts a version of a policy into the registry. */
export async function publishFor(store: MemoryStore, policy: ArtifactRef): Promise<string> {
  const { version } = await publishVersion(store, {
    ...{ name: 'made-up', policy, recipeDigest: sha256('recipe'), evaluation: {} },
    ...{ runId: policy.digest, createdAt: '2026-01-01T00:00:00.000Z' },
  });
  return version;
}

const digestAt = (seed: number, name: string): string => sha256(`${seed} ${name}`);

/**
 * A bucket whose artifacts, records, checkpoints and versions refer to each other at random, all of them a year old.
 *
 * What must stay is worked out while it is made, from the references alone.
 */
export async function makeBucket(seed: number): Promise<MadeUpBucket> {
  const store = createMemoryStore();
  const chance = (share: number, ...keys: number[]): boolean => uniform(seed, ...keys) < share;
  const bucket: MadeUpBucket = {
    ...{ store, runs: noRuns, artifacts: [], records: [], checkpoints: [] },
    ...{ foreign: [], garbage: [] },
  };
  await writtenAgo(store, 365 * DAY, async () => {
    const refs: ArtifactRef[] = [];
    const names = new Map<ArtifactRef, ArtifactRef[]>();
    for (let index = 0; index < 14; index += 1) {
      const named = refs.filter((_, other) => chance(0.15, 1, index, other));
      const card = named.map(({ digest }) => `made from \`${digest}\``).join('\n');
      const files = { weights: `${seed} ${index}`, 'README.md': `number ${index}\n${card}` };
      const ref = await storeFiles(store, 'model', files);
      refs.push(ref);
      names.set(ref, named);
    }
    const live = new Set<string>();
    const reached = new Set<ArtifactRef>();
    const reach = (ref: ArtifactRef): void => {
      if (reached.has(ref)) return;
      reached.add(ref);
      names.get(ref)?.forEach(reach);
    };
    for (const [index, ref] of refs.entries()) {
      const stageKey = digestAt(seed, `stage ${index}`);
      const isRecorded = chance(0.25, 2, index);
      const isLive = chance(0.1, 3, index);
      const isPublished = chance(0.15, 4, index);
      if (isRecorded) await recordFor(store, stageKey, { model: ref });
      if (isRecorded) bucket.records.push(stageKey);
      if (isLive) live.add(ref.digest).add(stageKey);
      if (isRecorded || isLive || isPublished) reach(ref);
      if (!chance(0.5, 5, index)) {
        if (isPublished) await publishFor(store, ref);
        continue;
      }
      const older = await commitFor(store, stageKey, 5);
      const newer = await commitFor(store, stageKey, 9);
      const isKept = isRecorded || isLive;
      if (isPublished) await pinCheckpoint(store, older, await publishFor(store, ref));
      if (isKept || isPublished) bucket.checkpoints.push(older);
      if (isKept) bucket.checkpoints.push(newer);
      else bucket.garbage.push(newer.uri.replace('s3://memory/', ''));
      const torn = `checkpoints/${stageKey}/step-0000000007/attempt-1-aaaaaaaa/policy`;
      await store.put(torn, 'torn');
      if (!isLive) bucket.garbage.push(torn);
    }
    bucket.artifacts = [...reached];
    for (const ref of refs) {
      if (!reached.has(ref)) bucket.garbage.push(`artifacts/model/${ref.digest}/manifest.json`);
    }
    bucket.runs = { live, liveCount: live.size, finished: [] };
    bucket.foreign = ['models/bloom/config.json', 'artifacts/README.txt', 'notes'];
    for (const key of bucket.foreign) await store.put(key, 'by hand');
    const leftovers = [
      `artifacts/model/${digestAt(seed, 'torn')}/weights`,
      'probe/0f7e2a10-1111-4222-8333-444455556666/once',
    ];
    const parts = `work/drawn-pictures/${digestAt(seed, 'stage')}/${digestAt(seed, 'drawn')}`;
    for (const key of [...leftovers, parts]) await store.put(key, 'left behind');
    bucket.garbage.push(...leftovers, ...(live.size === 0 ? [parts] : []));
  });
  return bucket;
}
