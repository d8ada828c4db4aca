import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { PublishOutcome } from '../contracts/activities.js';
import type { ArtifactRef, CheckpointRef } from '../contracts/artifact.js';
import { Stage } from '../recipe/stage.js';
import type { AdmittedRecipe, PipelineResult } from '../contracts/stages.js';
import { activities } from './activity-proxies.js';
import { PipelineControl } from './pipeline-control.js';
import { runChildStage } from './run-child-stage.js';
import { recipeAttributes, stageAttributes } from './search-attributes.js';
import { plannedStages, stageInputs } from './stages/index.js';
import { runPublish } from './stages/publish.js';
import type { StageOutputs } from './stages/stage-definition.js';

/** Runs the stages of a recipe in order and publishes the policy; the recipe is checked before anything starts. */
export async function pipeline(recipe: unknown): Promise<PipelineResult> {
  const control = new PipelineControl(recipe);
  try {
    const result = await runRecipe(recipe, control);
    control.dispatch({ type: 'ended', state: 'completed' });
    await condition(allHandlersFinished);
    return result;
  } catch (error) {
    control.dispatch({ type: 'ended', state: isCancellation(error) ? 'cancelled' : 'failed' });
    await CancellationScope.nonCancellable(() => condition(allHandlersFinished));
    throw error;
  }
}

async function runRecipe(recipe: unknown, control: PipelineControl): Promise<PipelineResult> {
  const admitted = await activities.admitRecipe.executeWithOptions(
    { activityId: 'admit', summary: 'Check the recipe, its files and the store' },
    [recipe],
  );
  upsertSearchAttributes(recipeAttributes(admitted.recipe));
  const stages = plannedStages(admitted.recipe);
  control.dispatch({ type: 'admitted', admitted, stages });

  const outputs: StageOutputs = {};
  let checkpoint: CheckpointRef | undefined;
  for (const stage of stages) {
    await control.untilRunnable();
    upsertSearchAttributes(stageAttributes(stage, admitted.recipe));
    if (stage === Stage.publish) continue;
    const inputs = stageInputs(stage, admitted, outputs);
    const outcome = await runChildStage({ stage, recipe: admitted, inputs }, control);
    outputs[stage] = outcome.record.outputs;
    if (stage === Stage.optimizePolicy) checkpoint = outcome.record.checkpoint;
  }
  const published = stages.includes(Stage.publish)
    ? await runPublish(admitted, { outputs, checkpoint }, control)
    : {
        aliasMoved: false,
        message: `Nothing published: the recipe stops after ${String(admitted.recipe.stopAfter)}.`,
      };
  const report = await renderReport(admitted, published, control);
  return {
    recipe: admitted.recipe.name,
    recipeDigest: admitted.digest,
    stages: control.state.progress.stages,
    report,
    ...(published.version !== undefined && { version: published.version }),
    publishMessage: published.message,
  };
}

async function renderReport(
  admitted: AdmittedRecipe,
  published: PublishOutcome,
  control: PipelineControl,
): Promise<ArtifactRef> {
  const { workflowId, runId, startTime } = workflowInfo();
  const report = await activities.renderReport.executeWithOptions(
    { activityId: 'report', summary: 'Write the report page' },
    [
      {
        recipe: admitted,
        runId,
        workflowId,
        startedAt: startTime.toISOString(),
        stages: control.state.progress.stages,
        publish: published,
      },
    ],
  );
  control.dispatch({ type: 'reported', report });
  return report;
}
