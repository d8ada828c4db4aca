import type { BurnishActivities } from '../contracts/activities.js';
import { writeStageRecord } from '../storage/stage-cache.js';
import { createMergeCollection } from './collect/merge-collection.js';
import { createPlanCollection } from './collect/plan-collection.js';
import { createCollectShard } from './collect/collect-shard.js';
import type { ActivityDependencies } from './dependencies.js';
import { createEvaluateTexts } from './evaluate/evaluate-texts.js';
import { createRewriteHeldOut } from './evaluate/rewrite-held-out.js';
import { createLabelTexts } from './label/label-texts.js';
import { createSampleForLabels } from './label/sample-for-labels.js';
import { createScorePolicySamples } from './score/score-policy-samples.js';
import { createPublishModel } from './publish/publish-model.js';
import { createRenderReport } from './report/render-report.js';
import { createPlanScores } from './score/plan-scores.js';
import { createScoreShard } from './score/score-shard.js';
import { createAdmitRecipe } from './stage/admit-recipe.js';
import { createOpenStage } from './stage/open-stage.js';
import { createTrainSegment } from './train/train-segment.js';
import { createPruneCheckpoints } from './train/training-path.js';
import { wrapActivities } from './wrap-activity.js';

/**
 * Every activity of Burnish, wrapped as all are. Their pools and time limits stand in `contracts/activity-table.ts`; an
 * activity that is missing here, or that has no row there, does not compile.
 */
export function createActivities(dependencies: ActivityDependencies): BurnishActivities {
  const { store } = dependencies;
  return wrapActivities<BurnishActivities>({
    admitRecipe: createAdmitRecipe(dependencies),
    openStage: createOpenStage(dependencies),
    commitStage: (record) => writeStageRecord(store, record),
    pruneCheckpoints: createPruneCheckpoints(dependencies),
    publishModel: createPublishModel(dependencies),
    renderReport: createRenderReport(dependencies),

    planCollection: createPlanCollection(dependencies),
    collectShard: createCollectShard(dependencies),
    mergeCollection: createMergeCollection(dependencies),

    trainSegment: createTrainSegment(dependencies),

    sampleForLabels: createSampleForLabels(dependencies),
    rewriteHeldOut: createRewriteHeldOut(dependencies),

    planScores: createPlanScores(dependencies),
    scoreShard: createScoreShard(dependencies),
    labelTexts: createLabelTexts(dependencies),
    evaluateTexts: createEvaluateTexts(dependencies),
    scorePolicySamples: createScorePolicySamples(dependencies),
  });
}
