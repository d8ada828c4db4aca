import type { BurnishActivities } from '../../contracts/activities.js';
import { createScorePolicySamples } from '../optimize-policy/score-policy-samples.js';
import type { LabelDependencies } from './label-dependencies.js';
import { createLabelTexts } from './label-texts.js';
import { createSampleForLabels } from './sample-for-labels.js';

/** The activities that ask for scores outside evaluation: of the texts reward models learn from, and of PPO's samples. */
export function createLabelActivities(
  dependencies: LabelDependencies,
): Pick<BurnishActivities, 'sampleForLabels' | 'labelTexts' | 'scorePolicySamples'> {
  return {
    sampleForLabels: createSampleForLabels(dependencies),
    labelTexts: createLabelTexts(dependencies),
    scorePolicySamples: createScorePolicySamples(dependencies),
  };
}
