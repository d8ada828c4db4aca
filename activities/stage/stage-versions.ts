import { Stage } from '../../recipe/stage.js';

/**
 * Code version of each stage, part of its key in the stage cache. Raise it when a change of code changes results:
 * earlier results are then computed again, and so is all that depends on them.
 */
export const stageVersions: Record<Stage, number> = {
  [Stage.collect]: 2,
  [Stage.pretrain]: 2,
  [Stage.fineTune]: 2,
  [Stage.labelRewards]: 4,
  [Stage.pickReward]: 2,
  [Stage.aestheticReward]: 2,
  [Stage.optimizePolicy]: 2,
  [Stage.evaluate]: 5,
  [Stage.publish]: 1,
};
