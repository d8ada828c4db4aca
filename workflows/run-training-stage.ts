import { keySettings } from './stage-plan.js';
import { runSegments } from './run-segments.js';
import { runStage } from './run-stage.js';
import type { StageInput, StageOutcome } from '../contracts/stages.js';
import type { TrainingMethod } from '../contracts/names.js';

/** The outcome of a stage that trains one model and does nothing else. */
export async function runTrainingStage(
  input: StageInput,
  method: TrainingMethod,
): Promise<StageOutcome> {
  return runStage(input, async (control, stageKey) => {
    const settings = keySettings(input.stage, input.recipe);
    const task = { method, settings, inputs: input.inputs };
    const { checkpoint, model, metrics, summary } = await runSegments(input, control, {
      stageKey,
      task,
    });
    return { outputs: { model, metrics }, checkpoint, summary };
  });
}
