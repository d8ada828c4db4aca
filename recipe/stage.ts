/** Stages of a recipe in the order they run; also the keys of a recipe's sections. No zod here: workflow code imports it. */
export const Stage = {
  collect: 'collect',
  pretrain: 'pretrain',
  fineTune: 'fineTune',
  labelRewards: 'labelRewards',
  pickReward: 'pickReward',
  aestheticReward: 'aestheticReward',
  optimizePolicy: 'optimizePolicy',
  evaluate: 'evaluate',
  publish: 'publish',
} as const;
export type Stage = (typeof Stage)[keyof typeof Stage];

/** The paper's three ways to make a pair. */
export const pairRoutes = ['caption', 'summary', 'improved'] as const;
export type PairRoute = (typeof pairRoutes)[number];
