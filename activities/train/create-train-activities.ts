import type { TrainActivities } from '../../contracts/activities.js';
import { withWorkFolder } from '../../files/work-folder.js';
import { trainSegment, type TrainDependencies } from './train-segment.js';

/** The activities of the train pool. */
export function createTrainActivities(
  dependencies: TrainDependencies & { cacheFolder: string },
): TrainActivities {
  return {
    trainSegment: (input) =>
      withWorkFolder(dependencies.cacheFolder, (workFolder) =>
        trainSegment(input, { ...dependencies, workFolder }),
      ),
  };
}
