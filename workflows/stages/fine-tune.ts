import { trainingInputs, TrainingMethod, WorkflowType } from '../../contracts/names.js';
import { Stage } from '../../recipe/stage.js';
import { runSegments } from '../run-segments.js';
import { baseModel, requireInputs, type ComputedStageDefinition } from './stage-definition.js';

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
    return runSegments(run, {
      method: TrainingMethod.sft,
      settings: { ...section, template: model.template },
      inputs: requireInputs(run.input.inputs, trainingInputs.sft),
    });
  },
};
