import { Context } from '@temporalio/activity';
import type { StageActivities } from '../../contracts/activities.js';
import type { OpenedStage, OpenStageInput } from '../../contracts/stages.js';
import { pruneCheckpoints } from '../../storage/prune-checkpoints.js';
import type { ObjectStore } from '../../storage/object-store.js';
import { readStageRecord, writeStageRecord } from '../../storage/stage-cache.js';
import { createAdmitRecipe, type AdmitDependencies } from './admit-recipe.js';
import { pathsOf } from '../train/training-path.js';
import { stageKey } from './stage-key.js';

/** The light activities around every stage: admit the recipe, look for a result, keep a result. */
export function createStageActivities(
  dependencies: AdmitDependencies & { store: ObjectStore },
): Pick<StageActivities, 'admitRecipe' | 'openStage' | 'commitStage' | 'pruneCheckpoints'> {
  const { store } = dependencies;
  return {
    admitRecipe: createAdmitRecipe(dependencies),
    openStage: (input) => openStage(store, input),
    commitStage: (record) => writeStageRecord(store, record),
    pruneCheckpoints: (input) => prunePaths(store, input),
  };
}

async function openStage(store: ObjectStore, input: OpenStageInput): Promise<OpenedStage> {
  const { workflowExecution } = Context.current().info;
  if (input.force) return { stageKey: stageKey(input, workflowExecution?.runId ?? 'by hand') };
  const key = stageKey(input);
  const reused = await readStageRecord(store, key);
  return reused ? { stageKey: key, reused } : { stageKey: key };
}

/** Of a path that the training left nothing is wanted any more, but what is pinned. */
async function prunePaths(
  store: ObjectStore,
  { stageKey, rateChanges, ...retention }: Parameters<StageActivities['pruneCheckpoints']>[0],
): Promise<{ removed: number }> {
  const { pinned } = retention;
  const [own, ...left] = pathsOf({ stageKey, ...(rateChanges && { rateChanges }) });
  let removed = 0;
  for (const { key } of left) {
    removed += (await pruneCheckpoints(store, { stageKey: key, keep: 1, pinned })).removed;
  }
  if (own === undefined) return { removed };
  const last = await pruneCheckpoints(store, { ...retention, stageKey: own.key });
  return { removed: removed + last.removed };
}
