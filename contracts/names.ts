/** Every name that crosses a process boundary. No zod here: workflow code takes values from this file and from `recipe/stage.ts`. */
import type { ArtifactKind } from './artifact.js';

/** Task queues; one worker pool serves one queue. */
export const Queue = {
  /** Workflows and light activities. */
  burnish: 'burnish',
  /** Network-bound provider calls, many slots. */
  collect: 'collect',
  /** Training segments; slots = GPUs (one on a CPU machine). */
  train: 'train',
  /** Text generation by a trained model. */
  generate: 'generate',
  /** Scores from providers. */
  score: 'score',
} as const;
export type Queue = (typeof Queue)[keyof typeof Queue];

/** Workflow types; a workflow function's name is its public type. */
export const WorkflowType = {
  pipeline: 'pipeline',
  collect: 'collect',
  pretrain: 'pretrain',
  fineTune: 'fineTune',
  labelRewards: 'labelRewards',
  trainRewardModel: 'trainRewardModel',
  optimizePolicy: 'optimizePolicy',
  evaluate: 'evaluate',
} as const;
export type WorkflowType = (typeof WorkflowType)[keyof typeof WorkflowType];

/** Names of queries, signals and updates. */
export const Message = {
  progress: 'progress',
  pause: 'pause',
  resume: 'resume',
  stop: 'stop',
  approve: 'approve',
  reject: 'reject',
  /** From a stage's workflow to the pipeline that started it. */
  stageChanged: 'stageChanged',
} as const;
export type Message = (typeof Message)[keyof typeof Message];

/** Custom search attributes, all of type Keyword. */
export const SearchAttribute = {
  recipe: 'BurnishRecipe',
  stage: 'BurnishStage',
  model: 'BurnishModel',
} as const;
export type SearchAttribute = (typeof SearchAttribute)[keyof typeof SearchAttribute];

/** Names of the engine's jobs; one method folder each. */
export const TrainingMethod = {
  pretrain: 'pretrain',
  sft: 'sft',
  reward: 'reward',
  ppo: 'ppo',
} as const;
export type TrainingMethod = (typeof TrainingMethod)[keyof typeof TrainingMethod];

/** What each method learns from, by the names that jobs and stages give to it. */
export const trainingInputs = {
  pretrain: ['dataset'],
  sft: ['dataset', 'model'],
  reward: ['labels', 'model'],
  ppo: ['dataset', 'model', 'pickReward', 'aestheticReward'],
} as const satisfies Record<TrainingMethod, readonly string[]>;

/** What each method's model is stored as. */
export const trainedKinds = {
  pretrain: 'model',
  sft: 'model',
  reward: 'reward-model',
  ppo: 'model',
} as const satisfies Record<TrainingMethod, ArtifactKind>;

/** Types of non-retryable failures; the same as the error classes' names. */
export const FailureType = {
  recipeInvalid: 'RecipeInvalidError',
  inputInvalid: 'InputInvalidError',
  storeRefused: 'StoreRefusedError',
  artifactCorrupt: 'ArtifactCorruptError',
  checkpointCorrupt: 'CheckpointCorruptError',
  trainingDiverged: 'TrainingDivergedError',
  publishRejected: 'PublishRejectedError',
  rowLossExceeded: 'RowLossExceededError',
  stageStopped: 'StageStoppedError',
  budgetSpent: 'BudgetSpentError',
  versionMissing: 'VersionMissingError',
  registryCorrupt: 'RegistryCorruptError',
  /** A fault of the program that showed itself again and again. */
  programFault: 'ProgramFaultError',
} as const;
export type FailureType = (typeof FailureType)[keyof typeof FailureType];
