/** Every stage of a pipeline; one that is missing here does not compile. */
import type { ArtifactRef } from '../../contracts/artifact.js';
import type { AdmittedRecipe, ComputedStage, KeySettings } from '../../contracts/stages.js';
import type { Recipe } from '../../recipe/recipe.js';
import { Stage } from '../../recipe/stage.js';
import { collect } from './collect.js';
import { evaluate } from './evaluate.js';
import { fineTune } from './fine-tune.js';
import { labelRewards } from './label-rewards.js';
import { optimizePolicy } from './optimize-policy.js';
import { pretrain } from './pretrain.js';
import { publish } from './publish.js';
import { aestheticReward, pickReward } from './reward-model.js';
import {
  outputFinder,
  type ComputedStageDefinition,
  type KeyedRecipe,
  type StageDefinition,
  type StageOutputs,
} from './stage-definition.js';

/** Stages that run as workflows of their own. */
export const computedStages: Record<ComputedStage, ComputedStageDefinition> = {
  collect,
  pretrain,
  fineTune,
  labelRewards,
  pickReward,
  aestheticReward,
  optimizePolicy,
  evaluate,
};

export const stageDefinitions: Record<Stage, StageDefinition> = { ...computedStages, publish };

/** The stages a recipe runs, in order. */
export function plannedStages(recipe: Recipe): Stage[] {
  const stages = Object.values(Stage).filter(
    (stage) => stage !== Stage.pretrain || recipe.pretrain,
  );
  return recipe.stopAfter === null ? stages : stages.slice(0, stages.indexOf(recipe.stopAfter) + 1);
}

/** The settings of a stage's key; see `StageDefinition`. */
export function keySettings(stage: Stage, admitted: KeyedRecipe): KeySettings {
  return stageDefinitions[stage].keySettings(admitted);
}

/**
 * The artifacts a stage reads, by the names its activities know them by.
 *
 * @throws Error if a stage before it has not ended.
 */
export function stageInputs(
  stage: Stage,
  admitted: AdmittedRecipe,
  outputs: StageOutputs,
): Record<string, ArtifactRef> {
  return stageDefinitions[stage].inputs(outputFinder(stage, outputs), admitted);
}
