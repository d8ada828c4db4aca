import type { BurnishActivities } from '../../contracts/activities.js';
import { createPlanScores } from './plan-scores.js';
import type { ScoreDependencies } from './score-dependencies.js';
import { createScoreShard } from './score-shard.js';

/** The activities that have texts scored, shard by shard. */
export function createScoreActivities(
  dependencies: ScoreDependencies,
): Pick<BurnishActivities, 'planScores' | 'scoreShard'> {
  return {
    planScores: createPlanScores(dependencies),
    scoreShard: createScoreShard(dependencies),
  };
}
