import type { CollectActivities } from '../../contracts/activities.js';
import type { CollectDependencies } from './collect-dependencies.js';
import { createCollectShard } from './shard/collect-shard.js';
import { createMergeCollection } from './merge/merge-collection.js';
import { createPlanCollection } from './plan/plan-collection.js';

/** The activities of the collect stage: plan, one a shard, merge. */
export function createCollectActivities(dependencies: CollectDependencies): CollectActivities {
  return {
    planCollection: createPlanCollection(dependencies),
    collectShard: createCollectShard(dependencies),
    mergeCollection: createMergeCollection(dependencies),
  };
}
