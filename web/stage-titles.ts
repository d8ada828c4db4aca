import type { Stage } from '../recipe/stage.js';

export const stageTitles: Record<Stage, string> = {
  collect: 'Collect pairs',
  pretrain: 'Pretrain the base',
  fineTune: 'Fine-tune (SFT)',
  labelRewards: 'Label texts',
  pickReward: 'Reward model: pick',
  aestheticReward: 'Reward model: aesthetic',
  optimizePolicy: 'Optimise (PPO)',
  evaluate: 'Evaluate',
  publish: 'Publish',
};
