import type { CheckpointRef } from '../contracts/artifact.js';
import { commitKey, keyOfUri, parseCommitKey, stepPrefix } from './checkpoint-commit.js';
import { canonicalJson } from '../files/digest.js';
import type { ObjectStore } from './object-store.js';

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
