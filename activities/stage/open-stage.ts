import { Context } from '@temporalio/activity';
import type { BurnishActivities } from '../../contracts/activities.js';
import type { OpenStageInput } from '../../contracts/stages.js';
import { digestOf } from '../../files/digest.js';
import { instructionsDigest } from '../../providers/instructions.js';
import { Stage } from '../../recipe/stage.js';
import { readStageRecord } from '../../storage/stage-cache.js';
import type { ActivityDependencies } from '../dependencies.js';

/**
 * Code version of each stage, part of its key in the stage cache. Raise it when a change of code changes results:
 * earlier results are then computed again, and so is all that depends on them.
 */
const stageVersions: Record<Stage, number> = {
  [Stage.collect]: 2,
  [Stage.pretrain]: 2,
  [Stage.fineTune]: 2,
  [Stage.labelRewards]: 4,
  [Stage.pickReward]: 2,
  [Stage.aestheticReward]: 2,
  [Stage.optimizePolicy]: 2,
  [Stage.evaluate]: 5,
  [Stage.publish]: 1,
};

/** The activity that works out a stage's key and looks for the result that an earlier run committed under it. */
export function createOpenStage({
  store,
}: Pick<ActivityDependencies, 'store'>): BurnishActivities['openStage'] {
  return async (input) => {
    const { workflowExecution } = Context.current().info;
    if (input.force) return { stageKey: stageKey(input, workflowExecution?.runId ?? 'by hand') };
    const key = stageKey(input);
    const reused = await readStageRecord(store, key);
    return reused ? { stageKey: key, reused } : { stageKey: key };
  };
}

/**
 * Digest of all that a stage's result depends on: name, code version, its settings, the seed and its inputs' digests.
 *
 * `forcedBy` makes a key of its own, so that a forced stage meets neither an earlier result nor its checkpoints.
 */
export function stageKey(input: Omit<OpenStageInput, 'force'>, forcedBy?: string): string {
  const inputs = Object.fromEntries(
    Object.entries(input.inputs).map(([name, { digest }]) => [name, digest]),
  );
  const { stage, settings, seed } = input;
  return digestOf({
    stage,
    version: stageVersions[stage],
    settings,
    seed,
    inputs,
    forcedBy,
    // The chat model's instructions stand in files, not in the recipe.
    ...(stage === Stage.collect && { instructions: instructionsDigest }),
  });
}
