import type { Stage } from '../recipe/stage.js';
import type { StageStatus } from '../contracts/stages.js';

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

export const stateTitles: Record<StageStatus['state'], string> = {
  waiting: 'waiting',
  running: 'running',
  paused: 'paused',
  done: 'done',
  reused: 'reused',
  failed: 'failed',
  skipped: 'skipped',
};
