import type { CollectedShard, CollectionPlan } from '../contracts/shards.js';
import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { activities } from './activity-proxies.js';
import { runShards, type AskedShard } from './run-shards.js';
import { runStage } from './run-stage.js';
import type { StageControl } from './stage-control.js';

/** Makes pairs from prompts, shard by shard with a sliding window. */
export async function collect(input: StageInput): Promise<StageOutcome> {
  return runStage(input, async (control, stageKey) => {
    const settings = input.recipe.recipe.collect;
    const plan =
      (input.carried?.plan as CollectionPlan | undefined) ??
      (await planRows(input, control, stageKey));
    const lean = { ...plan, spentByShard: {} };
    const { shards, spent } = await runShards<CollectedShard>(input, control, {
      plan,
      stageKey,
      providers: ['chat', 'captions', 'images', 'scores'],
      callsPerRow: 1,
      isWhole: ({ pairs }) => pairs !== undefined,
      ask: (asked) => askForShard(input, asked, { plan: lean, stageKey }),
    });
    await control.untilRunnable();
    const merged = await control.work(() =>
      activities.mergeCollection.executeWithOptions(
        { activityId: 'merge', summary: `Join ${plan.shardCount} shards into the dataset` },
        [{ settings, plan: lean, shards, spent }],
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
    activities.planCollection.executeWithOptions(
      { activityId: 'plan', summary: 'Read and filter the sources' },
      [{ settings, seed, recipe: name, stageKey }],
    ),
  );
}

function askForShard(
  { recipe: { recipe, base } }: StageInput,
  asked: AskedShard,
  of: { plan: CollectionPlan; stageKey: string },
): Promise<CollectedShard> {
  const { collect: settings, providers, seed } = recipe;
  const { shardIndex } = asked;
  return activities.collectShard.executeWithOptions(
    {
      activityId: `shard-${String(shardIndex).padStart(5, '0')}`,
      summary: `Make the pairs of shard ${shardIndex + 1} of ${of.plan.shardCount}`,
    },
    [{ ...of, ...asked, settings, providers, seed, ...(base && { base }) }],
  );
}
