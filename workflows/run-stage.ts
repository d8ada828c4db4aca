import { upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { activities } from './activity-proxies.js';
import { stageAttributes } from './search-attributes.js';
import { StageControl } from './stage-control.js';
import { computedStages, keySettings } from './stages/index.js';

/**
 * The workflow of every stage: its committed result, an earlier one under the same key or what the stage computes.
 *
 * @throws ApplicationFailure StageStoppedError once an operator stopped the stage.
 */
export async function runStage(input: StageInput): Promise<StageOutcome> {
  const control = new StageControl(input);
  const { recipe } = input.recipe;
  upsertSearchAttributes(stageAttributes(input.stage, recipe));
  const startedAt = input.carried?.status.startedAt ?? workflowInfo().startTime.toISOString();

  let stageKey = input.carried?.stageKey;
  if (stageKey === undefined) {
    const opened = await activities.openStage.executeWithOptions(
      { activityId: 'open', summary: 'Look for an earlier result' },
      [
        {
          stage: input.stage,
          settings: keySettings(input.stage, input.recipe),
          seed: recipe.seed,
          inputs: input.inputs,
          force: recipe.force,
        },
      ],
    );
    if (opened.reused) {
      await control.dispatch({ type: 'reused', record: opened.reused });
      return { record: opened.reused, reused: true, status: control.state.status };
    }
    stageKey = opened.stageKey;
  }

  const work = await computedStages[input.stage].compute({ input, control, stageKey });
  const { workflowId, runId } = workflowInfo();
  const record = await activities.commitStage.executeWithOptions(
    { activityId: 'commit', summary: 'Keep the result for later runs' },
    [
      {
        ...work,
        stage: input.stage,
        stageKey,
        seconds: (Date.now() - Date.parse(startedAt)) / 1000,
        workflowId,
        runId,
        finishedAt: new Date().toISOString(),
      },
    ],
  );
  await control.dispatch({ type: 'committed', record });
  return { record, reused: false, status: control.state.status };
}
