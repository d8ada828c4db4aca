import { WorkflowType } from '../../contracts/names.js';
import type { CollectedShard, CollectionPlan } from '../../contracts/shards.js';
import { activities } from '../activity-proxies.js';
import { runShards, type AskedShard } from '../run-shards.js';
import type { StageRun } from '../stage-control.js';
import { answering, type ComputedStageDefinition } from './stage-definition.js';

/** Makes pairs from prompts, shard by shard with a sliding window. */
export const collect: ComputedStageDefinition = {
  workflowType: WorkflowType.collect,
  inputs: () => ({}),
  keySettings: ({ recipe, sourceDigests, base }) => {
    const { minTargetTokens, maxTargetTokens } = recipe.collect.filters;
    const countsTokens = minTargetTokens !== null || maxTargetTokens !== null;
    return {
      ...recipe.collect,
      sourceDigests,
      // Then the tokenizer of the base model decides which pairs stay.
      ...(countsTokens && { tokenizerOf: base?.digest }),
      providers: answering(recipe, ['chat', 'captions', 'images']),
    };
  },
  compute: async (run) => {
    const { input, control } = run;
    const settings = input.recipe.recipe.collect;
    const plan = (input.carried?.plan as CollectionPlan | undefined) ?? (await planRows(run));
    const lean = { ...plan, spentByShard: {} };
    const { shards, spent } = await runShards<CollectedShard>(run, {
      plan,
      providers: ['chat', 'captions', 'images', 'scores'],
      callsPerRow: 1,
      isWhole: ({ pairs }) => pairs !== undefined,
      ask: (asked) => askForShard(run, asked, lean),
    });
    await control.untilRunnable();
    const merged = await control.work(() =>
      activities.mergeCollection.executeWithOptions(
        { activityId: 'merge', summary: `Join ${plan.shardCount} shards into the dataset` },
        [{ settings, plan: lean, shards, spent }],
      ),
    );
    return { outputs: { dataset: merged.dataset }, summary: merged.summary };
  },
};

async function planRows({ input, control, stageKey }: StageRun): Promise<CollectionPlan> {
  const { collect: settings, seed, name } = input.recipe.recipe;
  await control.untilRunnable();
  return control.work(() =>
    activities.planCollection.executeWithOptions(
      { activityId: 'plan', summary: 'Read and filter the sources' },
      [{ settings, seed, recipe: name, stageKey }],
    ),
  );
}

function askForShard(
  { input, stageKey }: StageRun,
  asked: AskedShard,
  plan: CollectionPlan,
): Promise<CollectedShard> {
  const { recipe, base } = input.recipe;
  const { collect: settings, providers, seed } = recipe;
  const { shardIndex } = asked;
  return activities.collectShard.executeWithOptions(
    {
      activityId: `shard-${String(shardIndex).padStart(5, '0')}`,
      summary: `Make the pairs of shard ${shardIndex + 1} of ${plan.shardCount}`,
    },
    [{ plan, stageKey, ...asked, settings, providers, seed, ...(base && { base }) }],
  );
}
