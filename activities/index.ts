import type { BurnishActivities } from '../contracts/activities.js';
import type { ProvidersSettings } from '../recipe/sections/providers.js';
import type { Engine } from '../engine/process/client.js';
import type { Providers } from '../providers/providers.js';
import type { ObjectStore } from '../storage/object-store.js';
import { createCollectActivities } from './collect/create-collect-activities.js';
import { createEvaluateActivities } from './evaluate/create-evaluate-activities.js';
import { createLabelActivities } from './label-rewards/create-label-activities.js';
import { createPublishActivities } from './publish/create-publish-activities.js';
import { createReportActivities } from './report/create-report-activities.js';
import { createScoreActivities } from './score-texts/create-score-activities.js';
import { createStageActivities } from './stage/create-stage-activities.js';
import { createTrainActivities } from './train/create-train-activities.js';
import { wrapActivities } from './wrap-activity.js';

export interface ActivityDependencies {
  store: ObjectStore;
  /** Verified downloads and work in hand. */
  cacheFolder: string;
  /** The process that computes; started at its first job. */
  engine: () => Engine;
  providers: (settings: ProvidersSettings, options: { share: number }) => Providers;
}

/** Every activity of Burnish, wrapped as all are. */
export function createActivities(dependencies: ActivityDependencies): BurnishActivities {
  return wrapActivities({
    ...createStageActivities(dependencies),
    ...createCollectActivities(dependencies),
    ...createTrainActivities(dependencies),
    ...createLabelActivities(dependencies),
    ...createScoreActivities(dependencies),
    ...createEvaluateActivities(dependencies),
    ...createPublishActivities(dependencies),
    ...createReportActivities(dependencies),
  });
}
