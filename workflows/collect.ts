import { CancellationScope, condition, continueAsNew, workflowInfo } from '@temporalio/workflow';
import type { CollectedShard, CollectionPlan } from '../contracts/collection.js';
import type { StageInput, StageOutcome } from '../contracts/stages.js';
import { collectActivities } from './activity-proxies.js';
import { runStage } from './run-stage.js';
import type { StageControl } from './stage-control.js';

/** Shards asked for at once; the rate limits of the providers stand below this. */
const shardsAtOnce = 8;

/** Makes pairs from prompts, shard by shard with a sliding window. */
export async function collect(input: StageInput): Promise<StageOutcome> {
  return runStage(input, async (control, stageKey) => {
    const settings = input.recipe.recipe.collect;
    const plan = input.carried?.plan ?? (await planRows(input, control));
    const shards = await collectShards(input, control, { plan, stageKey });
    await control.untilRunnable();
    const merged = await control.work(() =>
      collectActivities.mergeCollection.executeWithOptions(
        { activityId: 'merge', summary: `Join ${plan.shardCount} shards into the dataset` },
        [{ settings, plan, shards }],
      ),
    );
    return { outputs: { dataset: merged.dataset }, summary: merged.summary };
  });
}

async function planRows(input: StageInput, control: StageControl): Promise<CollectionPlan> {
  await control.untilRunnable();
  return control.work(() =>
    collectActivities.planCollection.executeWithOptions(
      { activityId: 'plan', summary: 'Read and filter the sources' },
      [{ settings: input.recipe.recipe.collect }],
    ),
  );
}

/** Every shard, in order of its index; a pause lets the shards under way end and starts no other. */
async function collectShards(
  input: StageInput,
  control: StageControl,
  work: { plan: CollectionPlan; stageKey: string },
): Promise<CollectedShard[]> {
  const { plan, stageKey } = work;
  const done = [...(input.carried?.shards ?? [])];
  const doneIndexes = new Set(done.map((shard) => shard.shardIndex));
  const waiting = Array.from({ length: plan.shardCount }, (_, index) => index).filter(
    (index) => !doneIndexes.has(index),
  );
  let running = 0;
  let failure: Error | undefined;
  const carryOn = (shards: CollectedShard[]): Promise<never> => {
    const { status, paused } = control.state;
    return continueAsNew<typeof collect>({
      ...input,
      carried: { status, paused, stageKey, plan, shards },
    });
  };
  const start = (shardIndex: number): void => {
    running += 1;
    askForShard(input, plan, shardIndex)
      .then((shard) => done.push(shard))
      .catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => (running -= 1));
  };

  const held = (): boolean =>
    control.state.paused || control.state.stopped || workflowInfo().continueAsNewSuggested;
  const scope = new CancellationScope();
  try {
    await scope.run(async () => {
      while (waiting.length > 0 || running > 0) {
        if (running === 0) {
          await control.untilRunnable();
          if (workflowInfo().continueAsNewSuggested) await carryOn(done);
          await control.dispatch({ type: 'work started' });
        }
        while (waiting.length > 0 && running < shardsAtOnce) start(waiting.shift() as number);
        const target = running;
        await condition(() => running < target || failure !== undefined || held());
        if (held() || waiting.length === 0) {
          await condition(() => running === 0 || failure !== undefined);
          await control.dispatch({ type: 'work ended' });
        }
        if (failure !== undefined) throw failure;
      }
    });
  } catch (error) {
    scope.cancel();
    throw error;
  }
  return done.sort((a, b) => a.shardIndex - b.shardIndex);
}

async function askForShard(
  input: StageInput,
  plan: CollectionPlan,
  shardIndex: number,
): Promise<CollectedShard> {
  const { collect: settings, providers, seed } = input.recipe.recipe;
  return collectActivities.collectShard.executeWithOptions(
    {
      activityId: `shard-${String(shardIndex).padStart(5, '0')}`,
      summary: `Make the pairs of shard ${shardIndex + 1} of ${plan.shardCount}`,
    },
    [{ settings, providers, seed, plan, shardIndex }],
  );
}
