import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { TrainingMethod } from '../contracts/names.js';
import { runTrainingStage } from './run-training-stage.js';

/** Trains one reward model; the stage says for which score. */
export async function trainRewardModel(input: StageInput): Promise<StageOutcome> {
  return runTrainingStage(input, TrainingMethod.reward);
}
