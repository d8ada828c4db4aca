import { trainingInputs, TrainingMethod, WorkflowType } from '../../contracts/names.js';
import { Stage } from '../../recipe/stage.js';
import { runSegments } from '../run-segments.js';
import { baseModel, requireInputs, type ComputedStageDefinition } from './stage-definition.js';

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
      return runSegments(run, {
        method: TrainingMethod.reward,
        settings: { ...section, template: model.template },
        inputs: requireInputs(run.input.inputs, trainingInputs.reward),
      });
    },
  };
}
