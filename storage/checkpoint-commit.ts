import { z } from 'zod';
import {
  checkpointQualitySchema,
  type CheckpointRef,
  fileEntrySchema,
} from '../contracts/artifact.js';
import { canonicalJson, digestOf } from '../files/digest.js';
import { assertObjectKey, type ObjectStore } from './object-store.js';

/**
 * Keys of checkpoints:
 *
 * `checkpoints/<stageKey>/step-0000000500/attempt-1-<random>/<file>`: files of one attempt, never overwritten
 * `checkpoints/<stageKey>/step-0000000500/commit.json`: written last, names the attempt that counts
 * `checkpoints/<stageKey>/step-0000000500/pins/burnish-3.json`: kept for the published version of this name
 */

export class CheckpointCorruptError extends Error {
  constructor(uri: string, found: string, options?: ErrorOptions) {
    super(
      `Checkpoint ${uri} was expected to be whole and ${found}. Go on from the newest whole checkpoint of the stage.`,
      options,
    );
    this.name = 'CheckpointCorruptError';
  }
}

const checkpointCommitSchema = z.strictObject({
  version: z.literal(1),
  stageKey: z.string().min(1),
  stepIndex: z.int().nonnegative(),
  /** Folder of the files below the step's prefix. */
  attemptFolder: z.string().min(1),
  files: z.array(fileEntrySchema).min(1),
  /** Says which checkpoint is the best; not part of the state. */
  quality: checkpointQualitySchema.optional(),
});
export type CheckpointCommit = z.infer<typeof checkpointCommitSchema>;

const commitKeyPattern = /^checkpoints\/([^/]+)\/step-(\d{10})\/commit\.json$/;

/** `checkpoints/<stageKey>` */
export function stagePrefix(stageKey: string): string {
  if (stageKey.includes('/')) throw new TypeError(`Stage key "${stageKey}" must have no slash.`);
  return `checkpoints/${stageKey}`;
}

/** `checkpoints/<stageKey>/step-<ten digits>`: as many digits keep keys in step order in every listing. */
export function stepPrefix(stageKey: string, stepIndex: number): string {
  return `${stagePrefix(stageKey)}/step-${String(stepIndex).padStart(10, '0')}`;
}

/** Key of the commit object of a step. */
export function commitKey(stageKey: string, stepIndex: number): string {
  return `${stepPrefix(stageKey, stepIndex)}/commit.json`;
}

/** Stage and step of a commit object's key; `undefined` for every other key. */
export function parseCommitKey(key: string): { stageKey: string; stepIndex: number } | undefined {
  const [, stageKey, step] = commitKeyPattern.exec(key) ?? [];
  if (stageKey === undefined || step === undefined) return undefined;
  return { stageKey, stepIndex: Number(step) };
}

/** The reference that stands for a commit: its digest depends on the files alone. */
export function refOf(store: ObjectStore, commit: CheckpointCommit): CheckpointRef {
  return {
    digest: digestOf(commit.files),
    uri: `${store.bucketUri}/${commitKey(commit.stageKey, commit.stepIndex)}`,
    stepIndex: commit.stepIndex,
  };
}

/**
 * The commit that a stored object holds.
 * @throws CheckpointCorruptError if it is no commit of this stage and step.
 */
export function parseCommit(
  body: Uint8Array,
  place: { uri: string; stageKey: string; stepIndex: number },
): CheckpointCommit {
  let commit: CheckpointCommit;
  try {
    commit = checkpointCommitSchema.parse(JSON.parse(new TextDecoder().decode(body)));
    // A commit is data from outside: its paths must not leave their prefix or the cache folder.
    for (const path of [commit.attemptFolder, ...commit.files.map((file) => file.path)]) {
      assertObjectKey(path);
    }
  } catch (error) {
    throw new CheckpointCorruptError(place.uri, 'its commit object cannot be read', {
      cause: error,
    });
  }
  if (commit.stageKey !== place.stageKey || commit.stepIndex !== place.stepIndex) {
    const found = `its commit object is of stage ${commit.stageKey}, step ${commit.stepIndex}`;
    throw new CheckpointCorruptError(place.uri, found);
  }
  return commit;
}

/** Steps that have a commit object, newest first. */
export function committedSteps(keys: readonly string[]): number[] {
  return keys.flatMap((key) => parseCommitKey(key)?.stepIndex ?? []).sort((a, b) => b - a);
}

/**
 * The commit of a step; `undefined` when there is none.
 * @throws CheckpointCorruptError if what is there is none of this stage and step.
 */
export async function readCommit(
  store: ObjectStore,
  stageKey: string,
  stepIndex: number,
): Promise<CheckpointCommit | undefined> {
  const key = commitKey(stageKey, stepIndex);
  const stored = await store.get(key);
  const uri = `${store.bucketUri}/${key}`;
  return stored && parseCommit(stored.body, { uri, stageKey, stepIndex });
}

/** The commit of a step; `undefined` when there is none, or what is there cannot be read. */
export async function readCommitIfSound(
  store: ObjectStore,
  stageKey: string,
  stepIndex: number,
): Promise<CheckpointCommit | undefined> {
  try {
    return await readCommit(store, stageKey, stepIndex);
  } catch (error) {
    if (!(error instanceof CheckpointCorruptError)) throw error;
    return undefined;
  }
}

/** Where a commit's files are, without a trailing slash. */
export function filesPrefix({ stageKey, stepIndex, attemptFolder }: CheckpointCommit): string {
  return `${stepPrefix(stageKey, stepIndex)}/${attemptFolder}`;
}

/** Every key of a stage's checkpoints. */
export async function keysOfStage(store: ObjectStore, stageKey: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(`${stagePrefix(stageKey)}/`)) keys.push(key);
  return keys;
}

/** The key in a URI: `s3://<bucket>/` is dropped, so that a bucket copied under another name still reads. */
export function keyOfUri(uri: string): string {
  return uri.replace(/^s3:\/\/[^/]+\//, '');
}

const pinKeyPattern = /^checkpoints\/([^/]+)\/step-(\d{10})\/pins\/([^/]+)\.json$/;

/**
 * Keeps a checkpoint for as long as a published version names it; pinning twice is pinning once.
 * Returns false, and pins nothing, when the checkpoint is not there.
 */
export async function pinCheckpoint(
  store: ObjectStore,
  ref: CheckpointRef,
  pinnedBy: string,
): Promise<boolean> {
  const place = parseCommitKey(keyOfUri(ref.uri));
  if (place === undefined) return false;
  const { stageKey, stepIndex } = place;
  if ((await store.get(commitKey(stageKey, stepIndex))) === undefined) return false;
  const key = `${stepPrefix(stageKey, stepIndex)}/pins/${pinnedBy}.json`;
  await store.put(key, canonicalJson({ version: 1, pinnedBy, checkpoint: ref.digest }));
  return true;
}

/** Stage, step and version of a pin's key; `undefined` for every other key. */
export function parsePinKey(
  key: string,
): { stageKey: string; stepIndex: number; pinnedBy: string } | undefined {
  const [, stageKey, step, pinnedBy] = pinKeyPattern.exec(key) ?? [];
  if (stageKey === undefined || step === undefined || pinnedBy === undefined) return undefined;
  return { stageKey, stepIndex: Number(step), pinnedBy };
}
