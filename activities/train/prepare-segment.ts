import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ArtifactRef, CheckpointRef } from '../../contracts/artifact.js';
import type { TrainJob } from '../../contracts/engine-job.js';
import type { TrainingMethod } from '../../contracts/names.js';
import type { SegmentInput, TrainingTask } from '../../contracts/training.js';
import { readArtifact } from '../../storage/artifacts.js';
import { readCheckpoint } from '../../storage/checkpoints.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { newestOnPath } from './training-path.js';

export interface SegmentPlaces {
  store: ObjectStore;
  /** Verified downloads that later activities use again. */
  cacheFolder: string;
  /** This attempt's own folder, deleted at its end. */
  workFolder: string;
  /** Digest of the state that the engine has in memory, if it has one. */
  heldDigest?: string | undefined;
}

export interface PreparedSegment {
  job: TrainJob;
  /** The checkpoint the job goes on from; absent: from step 0. */
  resumed?: CheckpointRef;
}

/**
 * The engine's job, with every input and the newest whole checkpoint of the stage on the local disk.
 *
 * What the store holds decides, not `input.from`: an attempt that died may have committed later checkpoints, and a
 * damaged one must be passed over. A checkpoint whose state the engine holds is not read.
 */
export async function prepareSegment(
  input: SegmentInput,
  places: SegmentPlaces,
  onSkipped: (skipped: { stepIndex: number; reason: string }) => void,
): Promise<PreparedSegment> {
  const { store, cacheFolder, workFolder, heldDigest } = places;
  const task = await fetchInputs(input, (ref) => readArtifact(store, ref, cacheFolder));
  const engineFolder = join(workFolder, 'engine');
  await mkdir(engineFolder, { recursive: true });
  const job: TrainJob = {
    kind: 'train',
    ...task,
    seed: input.seed,
    workFolder: engineFolder,
    ...(input.rateChanges && { rateChanges: input.rateChanges }),
    maxSeconds: input.maxSeconds,
    checkpointSeconds: input.checkpointSeconds,
  };
  const resumeCache = { cacheFolder: join(workFolder, 'resume') };
  const resumed = await newestOnPath(store, input, { ...resumeCache, heldDigest, onSkipped });
  if (!resumed) return { job };
  if (resumed.digest === heldDigest)
    return { job: { ...job, resumeDigest: resumed.digest }, resumed };
  const resumeFrom = await readCheckpoint(store, resumed, resumeCache.cacheFolder);
  return { job: { ...job, resumeFrom, resumeDigest: resumed.digest }, resumed };
}

/** The task with a local folder in place of each input's reference; `read` gives the folder of an artifact. */
export async function fetchInputs<Method extends TrainingMethod>(
  { method, settings, inputs }: TrainingTask<ArtifactRef, Method>,
  read: (ref: ArtifactRef) => Promise<string>,
): Promise<TrainingTask<string, Method>> {
  const folders: Record<string, string> = {};
  for (const [name, ref] of Object.entries<ArtifactRef>(inputs)) folders[name] = await read(ref);
  return { method, settings, inputs: folders };
}
