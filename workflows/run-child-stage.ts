import {
  ApplicationFailure,
  CancellationScope,
  isCancellation,
  ParentClosePolicy,
  rootCause,
  sleep,
  startChild,
  workflowInfo,
  type ChildWorkflowHandle,
} from '@temporalio/workflow';
import { TypedSearchAttributes, WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { Stage } from '../recipe/stage.js';
import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { stageDescriptions } from '../contracts/stage-words.js';
import { now, type PipelineControl } from './pipeline-control.js';
import { stageAttributes } from './search-attributes.js';
import { computedStages } from './stages/index.js';

type StageWorkflow = (input: StageInput) => Promise<StageOutcome>;

/**
 * The outcome of one stage, run as the child workflow `<pipeline id>/<stage>`.
 *
 * @throws ApplicationFailure that names the stage and its first cause.
 */
export async function runChildStage(
  input: StageInput,
  control: PipelineControl,
): Promise<StageOutcome> {
  const { stage } = input;
  try {
    const child = await startStage(input);
    control.dispatch({ type: 'stage started', stage, workflowId: child.workflowId, at: now() });
    control.direct((signal, ...values) => child.signal(signal, ...values));
    const outcome = await child.result();
    control.dispatch({ type: 'stage ended', stage, at: now(), outcome });
    return outcome;
  } catch (error) {
    const failure = explainFailure(stage, error);
    control.dispatch({ type: 'stage failed', stage, at: now(), message: failure.message });
    if (isCancellation(error) && CancellationScope.current().consideredCancelled) throw error;
    throw failure;
  } finally {
    control.direct(undefined);
  }
}

/** After a reset the stage of the former run may still be writing its last checkpoint: it is waited for. */
async function startStage(input: StageInput): Promise<ChildWorkflowHandle<StageWorkflow>> {
  const { workflowType } = computedStages[input.stage];
  const { summary, details } = stageDescriptions[input.stage];
  for (;;) {
    try {
      return await startChild<StageWorkflow>(workflowType, {
        workflowId: `${workflowInfo().workflowId}/${input.stage}`,
        args: [input],
        staticSummary: summary,
        staticDetails: details,
        typedSearchAttributes: new TypedSearchAttributes(
          stageAttributes(input.stage, input.recipe.recipe),
        ),
        // A terminated pipeline must not take the stage's work since its last checkpoint with it.
        parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await sleep('2 seconds', { summary: `Waiting for the former ${input.stage} to end` });
    }
  }
}

function explainFailure(stage: Stage, error: unknown): ApplicationFailure {
  const cause = firstApplicationFailure(error);
  const message = cause?.message ?? rootCause(error) ?? String(error);
  return ApplicationFailure.create({
    message: `Stage ${stage} failed: ${message}`,
    type: cause?.type ?? 'StageFailedError',
    nonRetryable: true,
    ...(error instanceof Error && { cause: error }),
  });
}

function firstApplicationFailure(error: unknown): ApplicationFailure | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at instanceof ApplicationFailure) return at;
  }
  return undefined;
}
