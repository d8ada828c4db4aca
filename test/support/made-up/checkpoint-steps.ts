import type { CheckpointQuality, CheckpointRef } from '../../../contracts/artifact.js';
import { commitCheckpoint } from '../../../storage/checkpoints.js';
import type { ObjectStore } from '../../../storage/object-store.js';
import { makeFiles } from '../folders.js';

/** The stage that `commitStep` writes for. */
export const stageKey = 'f'.repeat(64);

/** What a checkpoint of a step holds; `by` tells attempts apart. */
export const filesAt = (step: number, by = ''): Record<string, string> => ({
  'policy.safetensors': `weights at ${step}${by}`,
  'optimizer/moments.safetensors': `moments at ${step}${by}`,
});

/** Commits the checkpoint of a step. */
export async function commitStep(
  store: ObjectStore,
  stepIndex: number,
  options: { attempt?: number; by?: string; quality?: CheckpointQuality } = {},
): Promise<CheckpointRef> {
  const folder = await makeFiles(filesAt(stepIndex, options.by));
  const { attempt = 1, quality } = options;
  const source = { stageKey, stepIndex, attempt, folder };
  return commitCheckpoint(store, { ...source, ...(quality && { quality }) });
}
