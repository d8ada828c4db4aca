/** A training that went back takes another path from there, and keeps its checkpoints apart from those of the first. */
import type { BurnishActivities } from '../../contracts/activities.js';
import type { CheckpointRef } from '../../contracts/artifact.js';
import type { RateChange, SegmentInput } from '../../contracts/training.js';
import { newestCheckpoint, type SkippedCheckpoint } from '../../storage/checkpoints.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { pruneCheckpoints } from '../../storage/prune-checkpoints.js';
import type { ActivityDependencies } from '../dependencies.js';

type Path = Pick<SegmentInput, 'stageKey' | 'rateChanges'>;

/**
 * The key of a path's checkpoints: the stage's own, and after it every change of the rate.
 *
 * It names all that a checkpoint under it depends on, so that a run which is started again and goes back in the same
 * way finds them.
 */
export function pathKey({ stageKey, rateChanges = [] }: Path): string {
  return [stageKey, ...rateChanges.map(({ fromStep, factor }) => `${fromStep}x${factor}`)].join(
    '-',
  );
}

/** Every path a training took, the newest first, with the last step at which it is the same as the newest. */
export function pathsOf({ stageKey, rateChanges = [] }: Path): { key: string; until: number }[] {
  return [rateChanges.length, ...rateChanges.keys()]
    .sort((a, b) => b - a)
    .map((count) => ({
      key: pathKey({ stageKey, rateChanges: rateChanges.slice(0, count) }),
      until: lowest(rateChanges.slice(count)),
    }));
}

/** The newest whole checkpoint of this path or of those it left, as far as they go together; `undefined` if there is none. */
export async function newestOnPath(
  store: ObjectStore,
  path: Path,
  options: {
    cacheFolder?: string;
    heldDigest?: string | undefined;
    onSkipped?: (skipped: SkippedCheckpoint) => void;
  } = {},
): Promise<CheckpointRef | undefined> {
  for (const { key, until } of pathsOf(path)) {
    const found = await newestCheckpoint(store, key, { ...options, maxStepIndex: until });
    if (found) return found;
  }
  return undefined;
}

/** The activity that deletes old checkpoints; of a path that the training left, all but the pinned ones go. */
export function createPruneCheckpoints({
  store,
}: Pick<ActivityDependencies, 'store'>): BurnishActivities['pruneCheckpoints'] {
  return async ({ stageKey, rateChanges, ...retention }) => {
    const { pinned } = retention;
    const [own, ...left] = pathsOf({ stageKey, ...(rateChanges && { rateChanges }) });
    let removed = 0;
    for (const { key } of left) {
      removed += (await pruneCheckpoints(store, { stageKey: key, keep: 1, pinned })).removed;
    }
    if (own === undefined) return { removed };
    const last = await pruneCheckpoints(store, { ...retention, stageKey: own.key });
    return { removed: removed + last.removed };
  };
}

function lowest(changes: readonly RateChange[]): number {
  return changes.reduce((least, { fromStep }) => Math.min(least, fromStep), Infinity);
}
