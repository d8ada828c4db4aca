import type { BurnishActivities } from '../../contracts/activities.js';
import type { EvaluateDependencies } from './evaluate-dependencies.js';
import { createEvaluateTexts } from './evaluate-texts.js';
import { createRewriteHeldOut } from './rewrite-held-out.js';

/** The activities of the evaluate stage. */
export function createEvaluateActivities(
  dependencies: EvaluateDependencies,
): Pick<BurnishActivities, 'rewriteHeldOut' | 'evaluateTexts'> {
  return {
    rewriteHeldOut: createRewriteHeldOut(dependencies),
    evaluateTexts: createEvaluateTexts(dependencies),
  };
}
