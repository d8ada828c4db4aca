/** What people read of a stage, in the Temporal UI and on the pages. No zod here: workflow code takes it. */
import type { Stage } from '../recipe/stage.js';
import type { ComputedStage } from './stages.js';

/** A stage's name in a table of the report. */
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

/** How the workflow of a stage shows in the Temporal UI: a line, and what stands below it. */
export const stageDescriptions: Record<ComputedStage, { summary: string; details: string }> = {
  collect: {
    summary: 'Make pairs of plain description and prompt',
    details:
      'Reads prompts, asks the providers for captions, summaries and better prompts, and splits the pairs.',
  },
  pretrain: {
    summary: 'Train a small base model and its tokenizer',
    details: 'Trains a small BLOOM from nothing, so that the pipeline needs no download.',
  },
  fineTune: {
    summary: 'Fine-tune the policy on pairs',
    details: 'Supervised fine-tuning, segment by segment; loss on target tokens only.',
  },
  labelRewards: {
    summary: 'Score texts for the reward models',
    details:
      'Draws samples of the fine-tuned model and has them scored beside targets and corrupted texts.',
  },
  pickReward: {
    summary: 'Train the PickScore reward model',
    details: 'A text-only regressor that reads description and prompt.',
  },
  aestheticReward: {
    summary: 'Train the aesthetic reward model',
    details: 'A text-only regressor that reads the prompt alone.',
  },
  optimizePolicy: {
    summary: 'Optimise the policy with PPO',
    details:
      'PPO against the reward models, segment by segment; then its samples are scored by the scorer itself.',
  },
  evaluate: {
    summary: 'Compare methods on held-out descriptions',
    details: 'Rewrites held-out descriptions by every method and scores them side by side.',
  },
};
