import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import {
  checkpointRefSchema,
  type CheckpointQuality,
  type CheckpointRef,
} from '../contracts/artifact.js';
import {
  CheckpointCorruptError,
  commitKey,
  committedSteps,
  filesPrefix,
  keyOfUri,
  keysOfStage,
  parseCommit,
  parseCommitKey,
  readCommit,
  refOf,
  stepPrefix,
  type CheckpointCommit,
} from './checkpoint-commit.js';
import { canonicalJson } from '../files/digest.js';
import { listFolder, StoredFileCorruptError, uploadFiles } from './file-set.js';
import { putUnlessChanged, type ObjectStore } from './object-store.js';
import { downloadVerified, verifyStored, type StoredFiles } from './verified-download.js';

interface CheckpointSource {
  stageKey: string;
  stepIndex: number;
  /** Attempt number, for people who look into the bucket. */
  attempt: number;
  /** Folder whose files are the checkpoint, complete. */
  folder: string;
  /** Absent: the checkpoint is never the best. */
  quality?: CheckpointQuality;
}

/** A checkpoint that was passed over, and why. */
export interface SkippedCheckpoint {
  stepIndex: number;
  reason: string;
}

/**
 * Stores a checkpoint: files first, then one commit object that only the first attempt can write.
 *
 * A later attempt at the same step gets the winner's reference, whatever its own state: a run that goes back and takes
 * another path needs another stage key. A winner that turns out damaged is replaced.
 * @throws FolderInvalidError if the folder is empty or holds what cannot be stored.
 */
export async function commitCheckpoint(
  store: ObjectStore,
  source: CheckpointSource,
): Promise<CheckpointRef> {
  const { stageKey, stepIndex, quality } = source;
  const files = await listFolder(source.folder);
  let holder = await findHolder(store, stageKey, stepIndex);
  if (holder?.whole !== undefined) return holder.whole;

  // The random part keeps two attempts with one number from sharing, and deleting, each other's files.
  const attemptFolder = `attempt-${source.attempt}-${randomUUID().slice(0, 8)}`;
  const prefix = `${stepPrefix(stageKey, stepIndex)}/${attemptFolder}`;
  await uploadFiles(store, files, { prefix, folder: source.folder });
  const state = { version: 1 as const, stageKey, stepIndex, attemptFolder, files };
  const commit: CheckpointCommit = { ...state, ...(quality && { quality }) };
  for (;;) {
    const object = { key: commitKey(stageKey, stepIndex), body: canonicalJson(commit) };
    if (await putUnlessChanged(store, object, holder)) return refOf(store, commit);
    holder = await findHolder(store, stageKey, stepIndex);
    if (holder?.whole !== undefined) return holder.whole;
  }
}

/**
 * The newest whole checkpoint of a stage, every digest checked; `undefined` when there is none.
 * Torn, damaged and missing ones are passed over and reported to `onSkipped`.
 *
 * With `cacheFolder` the checked files stay there and `readCheckpoint` need not download them again.
 * `maxStepIndex` leaves out later steps, for going back. The files of `heldDigest` are not read: the caller has that state.
 */
export async function newestCheckpoint(
  store: ObjectStore,
  stageKey: string,
  options: {
    cacheFolder?: string;
    maxStepIndex?: number;
    heldDigest?: string | undefined;
    onSkipped?: (skipped: SkippedCheckpoint) => void;
  } = {},
): Promise<CheckpointRef | undefined> {
  const steps = committedSteps(await keysOfStage(store, stageKey));
  const { cacheFolder, maxStepIndex = Infinity, heldDigest, onSkipped } = options;
  for (const stepIndex of steps) {
    if (stepIndex > maxStepIndex) continue;
    try {
      const commit = await readCommit(store, stageKey, stepIndex);
      if (commit === undefined) continue;
      const ref = refOf(store, commit);
      if (ref.digest === heldDigest) return ref;
      if (cacheFolder === undefined) await explainDamage(store, commit, verifyStored);
      else await downloadCommit(store, commit, cacheFolder);
      return ref;
    } catch (error) {
      if (!(error instanceof CheckpointCorruptError)) throw error;
      onSkipped?.({ stepIndex, reason: error.message });
    }
  }
  return undefined;
}

/**
 * A local, read-only folder with the checkpoint's files, every digest checked; downloaded at most once a machine.
 * @throws CheckpointCorruptError if it is missing, torn or damaged; `newestCheckpoint` then finds the one before.
 */
export async function readCheckpoint(
  store: ObjectStore,
  ref: CheckpointRef,
  cacheFolder: string,
): Promise<string> {
  const { uri, digest } = checkpointRefSchema.parse(ref);
  const place = parseCommitKey(keyOfUri(uri));
  if (place === undefined) throw new CheckpointCorruptError(uri, 'this is no address of one');
  const commit = await readCommit(store, place.stageKey, place.stepIndex);
  if (commit === undefined) throw new CheckpointCorruptError(uri, 'its commit object is missing');
  const found = refOf(store, commit).digest;
  if (found !== digest) {
    throw new CheckpointCorruptError(uri, `it holds the state ${found} in place of ${digest}`);
  }
  return downloadCommit(store, commit, cacheFolder);
}

/** What holds a step's commit key: the reference if all of it can be trusted, the etag to replace it if not. */
async function findHolder(
  store: ObjectStore,
  stageKey: string,
  stepIndex: number,
): Promise<{ whole?: CheckpointRef; etag: string } | undefined> {
  const key = commitKey(stageKey, stepIndex);
  const stored = await store.get(key);
  if (stored === undefined) return undefined;
  try {
    const uri = `${store.bucketUri}/${key}`;
    const commit = parseCommit(stored.body, { uri, stageKey, stepIndex });
    await explainDamage(store, commit, verifyStored);
    return { whole: refOf(store, commit), etag: stored.etag };
  } catch (error) {
    if (!(error instanceof CheckpointCorruptError)) throw error;
    return { etag: stored.etag };
  }
}

async function downloadCommit(
  store: ObjectStore,
  commit: CheckpointCommit,
  cacheFolder: string,
): Promise<string> {
  const target = join(cacheFolder, 'checkpoints', refOf(store, commit).digest);
  return explainDamage(store, commit, (source) => downloadVerified(source, target));
}

/** @throws CheckpointCorruptError if `run` finds that the store does not hold the commit's files. */
async function explainDamage<Result>(
  store: ObjectStore,
  commit: CheckpointCommit,
  run: (source: StoredFiles) => Promise<Result>,
): Promise<Result> {
  try {
    return await run({ store, prefix: filesPrefix(commit), files: commit.files });
  } catch (error) {
    if (!(error instanceof StoredFileCorruptError)) throw error;
    const { uri } = refOf(store, commit);
    throw new CheckpointCorruptError(uri, `one file is not: ${error.message}`, { cause: error });
  }
}
