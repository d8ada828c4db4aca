import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { TrainingMethod } from '../contracts/names.js';
import { runTrainingStage } from './run-training-stage.js';

/** Trains the policy on pairs. */
export async function fineTune(input: StageInput): Promise<StageOutcome> {
  return runTrainingStage(input, TrainingMethod.sft);
}
