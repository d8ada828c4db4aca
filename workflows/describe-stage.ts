import { WorkflowType } from '../contracts/names.js';
import { Stage } from '../recipe/stage.js';

/** How a stage shows in the Temporal UI, and the workflow that runs it. */
export interface StageDescription {
  workflowType: WorkflowType;
  summary: string;
  details: string;
}

export const stageDescriptions: Record<Exclude<Stage, 'publish'>, StageDescription> = {
  [Stage.collect]: {
    workflowType: WorkflowType.collect,
    summary: 'Make pairs of plain description and prompt',
    details:
      'Reads prompts, asks the providers for captions, summaries and better prompts, and splits the pairs.',
  },
  [Stage.pretrain]: {
    workflowType: WorkflowType.pretrain,
    summary: 'Train a small base model and its tokenizer',
    details: 'Trains a small BLOOM from nothing, so that the pipeline needs no download.',
  },
  [Stage.fineTune]: {
    workflowType: WorkflowType.fineTune,
    summary: 'Fine-tune the policy on pairs',
    details: 'Supervised fine-tuning, segment by segment; loss on target tokens only.',
  },
  [Stage.labelRewards]: {
    workflowType: WorkflowType.labelRewards,
    summary: 'Score texts for the reward models',
    details:
      'Draws samples of the fine-tuned model and has them scored beside targets and corrupted texts.',
  },
  [Stage.pickReward]: {
    workflowType: WorkflowType.trainRewardModel,
    summary: 'Train the PickScore reward model',
    details: 'A text-only regressor that reads description and prompt.',
  },
  [Stage.aestheticReward]: {
    workflowType: WorkflowType.trainRewardModel,
    summary: 'Train the aesthetic reward model',
    details: 'A text-only regressor that reads the prompt alone.',
  },
  [Stage.optimizePolicy]: {
    workflowType: WorkflowType.optimizePolicy,
    summary: 'Optimise the policy with PPO',
    details:
      'PPO against the reward models, segment by segment; then its samples are scored by the scorer itself.',
  },
  [Stage.evaluate]: {
    workflowType: WorkflowType.evaluate,
    summary: 'Compare methods on held-out descriptions',
    details: 'Rewrites held-out descriptions by every method and scores them side by side.',
  },
};
