import type { CollectionPlan } from '../contracts/collection.js';
import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { collectActivities } from './activity-proxies.js';
import { collectShards } from './collect-shards.js';
import { runStage } from './run-stage.js';
import type { StageControl } from './stage-control.js';

/** Makes pairs from prompts, shard by shard with a sliding window. */
export async function collect(input: StageInput): Promise<StageOutcome> {
  return runStage(input, async (control, stageKey) => {
    const settings = input.recipe.recipe.collect;
    const plan = input.carried?.plan ?? (await planRows(input, control, stageKey));
    const { shards, spent } = await collectShards(input, control, { plan, stageKey });
    await control.untilRunnable();
    const merged = await control.work(() =>
      collectActivities.mergeCollection.executeWithOptions(
        { activityId: 'merge', summary: `Join ${plan.shardCount} shards into the dataset` },
        [{ settings, plan: { ...plan, spentByShard: {} }, shards, spent }],
      ),
    );
    return { outputs: { dataset: merged.dataset }, summary: merged.summary };
  });
}

async function planRows(
  input: StageInput,
  control: StageControl,
  stageKey: string,
): Promise<CollectionPlan> {
  const { collect: settings, seed, name } = input.recipe.recipe;
  await control.untilRunnable();
  return control.work(() =>
    collectActivities.planCollection.executeWithOptions(
      { activityId: 'plan', summary: 'Read and filter the sources' },
      [{ settings, seed, recipe: name, stageKey }],
    ),
  );
}
