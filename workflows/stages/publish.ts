import { workflowInfo } from '@temporalio/workflow';
import type { PublishOutcome } from '../../contracts/activities.js';
import type { CheckpointRef } from '../../contracts/artifact.js';
import type { AdmittedRecipe, StageRecord } from '../../contracts/stages.js';
import { Stage } from '../../recipe/stage.js';
import { activities } from '../activity-proxies.js';
import { now, type PipelineControl } from '../pipeline-control.js';
import { outputFinder, type StageDefinition, type StageOutputs } from './stage-definition.js';

/** Gives the policy a version of its own. */
export const publish = {
  inputs: (find) => ({
    dataset: find(Stage.collect, 'dataset'),
    policy: find(Stage.optimizePolicy, 'model'),
    evaluation: find(Stage.evaluate, 'evaluation'),
  }),
  keySettings: ({ recipe }) => recipe.publish,
} satisfies StageDefinition;

const stage = Stage.publish;

/**
 * The outcome of the publish stage, which the pipeline runs itself since it alone can be asked for approval.
 *
 * A model that was published before under the same settings is not published again, and no approval is asked for again: an
 * alias that a person has moved since stays where it is.
 */
export async function runPublish(
  admitted: AdmittedRecipe,
  made: { outputs: StageOutputs; checkpoint: CheckpointRef | undefined },
  control: PipelineControl,
): Promise<PublishOutcome> {
  const { workflowId } = workflowInfo();
  const inputs = publish.inputs(outputFinder(stage, made.outputs));
  control.dispatch({ type: 'stage started', stage, workflowId, at: now() });
  try {
    const { seed, force } = admitted.recipe;
    const opened = await activities.openStage.executeWithOptions(
      { activityId: 'open-publish', summary: 'Look for an earlier publication' },
      [{ stage, settings: publish.keySettings(admitted), seed, inputs, force }],
    );
    const work = { inputs, stageKey: opened.stageKey, checkpoint: made.checkpoint };
    const reused = opened.reused !== undefined;
    const outcome = opened.reused
      ? earlierOutcome(admitted, opened.reused)
      : await decideAndPublish(admitted, work, control);
    control.dispatch({ type: 'published', at: now(), outcome, reused });
    return outcome;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    control.dispatch({ type: 'stage failed', stage, at: now(), message });
    throw error;
  }
}

function earlierOutcome({ recipe }: AdmittedRecipe, record: StageRecord): PublishOutcome {
  const version = `${recipe.publish.name}-${record.summary['versionNumber'] ?? 0}`;
  const message = `${version} was published by ${record.workflowId}; nothing has changed since.`;
  return { version, aliasMoved: false, message };
}

async function decideAndPublish(
  admitted: AdmittedRecipe,
  work: {
    inputs: ReturnType<typeof publish.inputs>;
    stageKey: string;
    checkpoint: CheckpointRef | undefined;
  },
  control: PipelineControl,
): Promise<PublishOutcome> {
  const { workflowId, runId } = workflowInfo();
  const settings = admitted.recipe.publish;
  const startedAt = Date.now();
  const decision = settings.requireApproval ? await control.askApproval() : undefined;
  if (decision && !decision.approved) {
    return { aliasMoved: false, message: `Not published: ${decision.note}` };
  }
  const { inputs, checkpoint } = work;
  const outcome = await activities.publishModel.executeWithOptions(
    { activityId: 'publish', summary: `Publish ${settings.name}` },
    [
      {
        settings,
        recipe: admitted,
        runId,
        workflowId,
        ...inputs,
        ...(checkpoint && { checkpoint }),
      },
    ],
  );
  const versionNumber = Number(/-(\d+)$/.exec(outcome.version ?? '')?.[1] ?? Number.NaN);
  if (Number.isNaN(versionNumber)) return outcome;
  await activities.commitStage.executeWithOptions(
    { activityId: 'commit-publish', summary: 'Keep that this model is published' },
    [
      {
        stage,
        stageKey: work.stageKey,
        outputs: { policy: inputs.policy },
        summary: { versionNumber, aliasMoved: outcome.aliasMoved ? 1 : 0 },
        seconds: (Date.now() - startedAt) / 1000,
        workflowId,
        runId,
        finishedAt: now(),
      },
    ],
  );
  return outcome;
}
