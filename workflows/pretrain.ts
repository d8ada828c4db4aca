import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { TrainingMethod } from '../contracts/names.js';
import { runTrainingStage } from './run-training-stage.js';

/** Trains a small base model and its tokenizer from nothing. */
export async function pretrain(input: StageInput): Promise<StageOutcome> {
  return runTrainingStage(input, TrainingMethod.pretrain);
}
