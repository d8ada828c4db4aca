export { collect } from './collect.js';
export { evaluate } from './evaluate.js';
export { fineTune } from './fine-tune.js';
export { labelRewards } from './label-rewards.js';
export { optimizePolicy } from './optimize-policy.js';
export { pipeline } from './pipeline.js';
export { pretrain } from './pretrain.js';
export { trainRewardModel } from './train-reward-model.js';
