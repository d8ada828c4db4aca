import { ApplicationFailure } from '@temporalio/workflow';
import {
  FailureType,
  trainingInputs,
  TrainingMethod,
  WorkflowType,
} from '../../contracts/names.js';
import { Stage } from '../../recipe/stage.js';
import { runSegments } from '../run-segments.js';
import { requireInputs, type ComputedStageDefinition } from './stage-definition.js';

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
    return runSegments(run, {
      method: TrainingMethod.pretrain,
      settings: { ...section, template: model.template },
      inputs: requireInputs(run.input.inputs, trainingInputs.pretrain),
    });
  },
};
