/** Stages that train one model and do nothing else. */
import { ApplicationFailure } from '@temporalio/workflow';
import {
  FailureType,
  trainingInputs,
  TrainingMethod,
  WorkflowType,
} from '../../contracts/names.js';
import type { StageWork } from '../../contracts/stages.js';
import type { TrainingTask } from '../../contracts/training.js';
import { Stage } from '../../recipe/stage.js';
import { runSegments } from '../run-segments.js';
import type { StageRun } from '../stage-control.js';
import { baseModel, requireInputs, type ComputedStageDefinition } from './stage-definition.js';

/** Trains a small base model and its tokenizer from nothing. */
export const pretrain: ComputedStageDefinition = {
  workflowType: WorkflowType.pretrain,
  inputs: (find) => ({ dataset: find(Stage.collect, 'dataset') }),
  keySettings: ({ recipe }) => ({ ...recipe.pretrain, template: recipe.model.template }),
  compute: async (run) => {
    const { pretrain: section, model } = run.input.recipe.recipe;
    if (section === null) {
      throw ApplicationFailure.nonRetryable(
        'The recipe has no section `pretrain`, so there is nothing to pretrain.',
        FailureType.inputInvalid,
      );
    }
    return train(run, {
      method: TrainingMethod.pretrain,
      settings: { ...section, template: model.template },
      inputs: requireInputs(run.input.inputs, trainingInputs.pretrain),
    });
  },
};

/** Trains the policy on pairs. */
export const fineTune: ComputedStageDefinition = {
  workflowType: WorkflowType.fineTune,
  inputs: (find, admitted) => ({
    dataset: find(Stage.collect, 'dataset'),
    model: baseModel(find, admitted),
  }),
  keySettings: ({ recipe }) => ({ ...recipe.fineTune, template: recipe.model.template }),
  compute: async (run) => {
    const { fineTune: section, model } = run.input.recipe.recipe;
    return train(run, {
      method: TrainingMethod.sft,
      settings: { ...section, template: model.template },
      inputs: requireInputs(run.input.inputs, trainingInputs.sft),
    });
  },
};

export const pickReward = rewardModel(Stage.pickReward);
export const aestheticReward = rewardModel(Stage.aestheticReward);

/** Trains the reward model of one score. */
function rewardModel(stage: 'pickReward' | 'aestheticReward'): ComputedStageDefinition {
  return {
    workflowType: WorkflowType.trainRewardModel,
    inputs: (find, admitted) => ({
      labels: find(Stage.labelRewards, 'labels'),
      model:
        admitted.recipe[stage].body === 'base'
          ? baseModel(find, admitted)
          : find(Stage.fineTune, 'model'),
    }),
    keySettings: ({ recipe }) => ({ ...recipe[stage], template: recipe.model.template }),
    compute: async (run) => {
      const { [stage]: section, model } = run.input.recipe.recipe;
      return train(run, {
        method: TrainingMethod.reward,
        settings: { ...section, template: model.template },
        inputs: requireInputs(run.input.inputs, trainingInputs.reward),
      });
    },
  };
}

async function train(run: StageRun, task: TrainingTask): Promise<StageWork> {
  const { checkpoint, model, metrics, summary } = await runSegments(run, task);
  return { outputs: { model, metrics }, checkpoint, summary };
}
