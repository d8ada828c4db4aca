import { Stage } from '../../contracts/names.js';

/**
 * Code version of each stage, part of its key in the stage cache. Raise it when a change of code changes results:
 * earlier results are then computed again, and so is all that depends on them.
 */
export const stageVersions: Record<Stage, number> = {
  [Stage.collect]: 1,
  [Stage.pretrain]: 1,
  [Stage.fineTune]: 1,
  [Stage.labelRewards]: 2,
  [Stage.pickReward]: 1,
  [Stage.aestheticReward]: 1,
  [Stage.optimizePolicy]: 1,
  [Stage.evaluate]: 3,
  [Stage.publish]: 1,
};
