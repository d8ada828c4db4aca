import type { CheckpointRef } from '../contracts/artifact.js';
import {
  type CheckpointCommit,
  commitKey,
  committedSteps,
  filesPrefix,
  keyOfUri,
  keysOfStage,
  parseCommitKey,
  parsePinKey,
  readCommitIfSound,
  stagePrefix,
  stepPrefix,
} from './checkpoint-commit.js';
import { newestCheckpoint } from './checkpoints.js';
import { mapInParallel } from './file-set.js';
import type { ObjectStore } from './object-store.js';
import { abortUploads } from './unfinished-uploads.js';

/** Which checkpoints of a stage stay; one rule that holds is enough. */
interface Retention {
  stageKey: string;
  /** The newest; at least one. */
  keep: number;
  /** Of every so many steps the first at or past them; null or absent: none. */
  every?: number | null;
  /**
   * Steps a training may have to go back: of those this old the newest stays, and of the others the oldest, which takes
   * its place in time. Absent: none for this.
   */
  reach?: number;
  /** True: the best by its quality, of those measured as the newest was. */
  best?: boolean;
  pinned: CheckpointRef[];
}

/**
 * Deletes a stage's checkpoints but those that the retention or a pin keeps, and what attempts without a commit left,
 * unfinished uploads among it.
 *
 * Nothing goes until a newest checkpoint has been read back whole; damaged ones above it stay and do not count.
 * Returns the number of committed checkpoints removed.
 */
export async function pruneCheckpoints(
  store: ObjectStore,
  retention: Retention,
): Promise<{ removed: number }> {
  const { stageKey } = retention;
  const newest = await newestCheckpoint(store, stageKey);
  if (newest === undefined) return { removed: 0 };
  // Keys above the newest whole checkpoint belong to attempts at work.
  const end = stepPrefix(stageKey, newest.stepIndex + 1);
  const keys = (await keysOfStage(store, stageKey)).filter((key) => key < end);
  const commits: Commits = new Map(
    await mapInParallel(committedSteps(keys), async (step) => {
      return [step, await readCommitIfSound(store, stageKey, step)] as const;
    }),
  );
  const kept = new Set([...keptSteps(commits, retention), ...pinnedSteps(keys, retention)]);
  const doomed = [...commits.keys()].filter((step) => !kept.has(step));

  // The commit goes first: a half-deleted checkpoint must not look committed.
  await mapInParallel(doomed, (step) => store.delete(commitKey(stageKey, step)));
  const livePrefixes = [...kept].map((step) => {
    const commit = commits.get(step);
    // A commit that cannot be read names no files: the whole step stays, so that a person can look into it.
    return `${commit ? filesPrefix(commit) : stepPrefix(stageKey, step)}/`;
  });
  const leftovers = keys.filter(
    (key) =>
      parseCommitKey(key) === undefined &&
      parsePinKey(key) === undefined &&
      !livePrefixes.some((live) => key.startsWith(live)),
  );
  await mapInParallel(leftovers, (key) => store.delete(key));
  await abortUploads(store, `${stagePrefix(stageKey)}/`, ({ key }) => key < end);
  return { removed: doomed.length };
}

/** The commits of the steps, newest first; `undefined` for one that cannot be read. */
type Commits = ReadonlyMap<number, CheckpointCommit | undefined>;

function keptSteps(commits: Commits, { keep, every, reach, best }: Retention): number[] {
  const steps = [...commits.keys()];
  const newest = steps.slice(0, Math.max(1, keep));
  const milestones = every ? firstAtOrPast(steps, every) : [];
  const winner = best ? bestStep(commits) : undefined;
  const back = reach === undefined ? [] : withinReach(steps, reach);
  return [...newest, ...milestones, ...back, ...(winner === undefined ? [] : [winner])];
}

/** The newest step that is at least `reach` before the newest of all, and the oldest after that. */
function withinReach(steps: number[], reach: number): number[] {
  const [newest = 0] = steps;
  const isOld = (step: number): boolean => step <= newest - reach;
  const old = steps.find(isOld);
  const next = steps.findLast((step) => !isOld(step));
  return [old, next].filter((step) => step !== undefined);
}

/** Checkpoints fall where time puts them, so a milestone is the first at or past each multiple. */
function firstAtOrPast(steps: number[], every: number): number[] {
  const first = new Map<number, number>();
  // Newest first: the oldest of each stretch is set last.
  for (const step of steps) {
    const stretch = Math.floor(step / every);
    if (stretch > 0) first.set(stretch, step);
  }
  return [...first.values()];
}

function bestStep(commits: Commits): number | undefined {
  const measured = [...commits].flatMap(([step, commit]) =>
    commit?.quality ? [{ step, ...commit.quality }] : [],
  );
  const [newest] = measured;
  if (newest === undefined) return undefined;
  const sign = newest.better === 'lower' ? 1 : -1;
  return measured
    .filter(({ metric }) => metric === newest.metric)
    .reduce((best, other) => (sign * other.value < sign * best.value ? other : best)).step;
}

function pinnedSteps(keys: string[], { stageKey, pinned }: Retention): number[] {
  const named = pinned.flatMap(({ uri }) => {
    const place = parseCommitKey(keyOfUri(uri));
    return place?.stageKey === stageKey ? [place.stepIndex] : [];
  });
  return [...named, ...keys.flatMap((key) => parsePinKey(key)?.stepIndex ?? [])];
}
