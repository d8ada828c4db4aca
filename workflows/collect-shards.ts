import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type { CollectedShard, CollectionPlan } from '../contracts/collection.js';
import { FailureType } from '../contracts/names.js';
import type { Allowance, PaidProvider, Spending, Spent } from '../contracts/spending.js';
import type { StageInput } from '../contracts/stages.js';
import { collectActivities } from './activity-proxies.js';
import { describeSpent, nextShard, type Budgets, type ShardWindow } from './shard-window.js';
import type { StageControl } from './stage-control.js';

/** Shards asked for at once. Each has its part of the providers' limits, so they hold whatever worker runs it. */
const shardsAtOnce = 4;

/**
 * Every shard, in order of its index, and what they cost; a pause lets the shards under way end and starts no other.
 *
 * @throws ApplicationFailure BudgetSpentError once a provider's budget is used up; StageStoppedError.
 */
export async function collectShards(
  input: StageInput,
  control: StageControl,
  { plan: given, stageKey }: { plan: CollectionPlan; stageKey: string },
): Promise<{ shards: CollectedShard[]; spent: Spending }> {
  const plan = { ...given, spentByShard: { ...given.spentByShard } };
  const budgets = budgetsOf(input);
  const done = [...(input.carried?.shards ?? [])];
  const doneIndexes = new Set(done.map(({ shardIndex }) => shardIndex));
  const window: ShardWindow = {
    waiting: Array.from({ length: plan.shardCount }, (_, index) => index).filter(
      (index) => !doneIndexes.has(index),
    ),
    running: new Map(),
    cutShort: new Set(),
    spent: { ...(input.carried?.spent ?? plan.spent) },
  };
  const options = { atOnce: shardsAtOnce, rowsPerShard: plan.rowCount / plan.shardCount };
  let failure: Error | undefined;

  const start = (shardIndex: number, allowance: Allowance): void => {
    window.waiting.splice(window.waiting.indexOf(shardIndex), 1);
    window.running.set(shardIndex, allowance);
    askForShard(input, { plan, stageKey, shardIndex, allowance })
      .then((shard) => {
        addSpending(window.spent, shard.spent);
        // A later attempt of a shard that was cut short counts from here.
        const prior = (plan.spentByShard[shardIndex] = { ...plan.spentByShard[shardIndex] });
        addSpending(prior, shard.spent);
        if (shard.pairs) done.push(shard);
        else {
          window.cutShort.add(shardIndex);
          window.waiting.push(shardIndex);
        }
      })
      .catch((error: unknown) => {
        failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => window.running.delete(shardIndex));
  };
  const isHeld = (): boolean =>
    control.state.paused || control.state.stopped || workflowInfo().continueAsNewSuggested;
  const scope = new CancellationScope();
  try {
    await scope.run(async () => {
      while (window.waiting.length > 0 || window.running.size > 0) {
        if (window.running.size === 0) {
          await control.untilRunnable();
          if (workflowInfo().continueAsNewSuggested) {
            const { status, paused } = control.state;
            const carried = { status, paused, stageKey, plan, shards: done, spent: window.spent };
            await continueAsNew<(input: StageInput) => Promise<unknown>>({ ...input, carried });
          }
          await control.dispatch({ type: 'work started' });
        }
        let next = nextShard(window, budgets, options);
        while (next) {
          start(next.shardIndex, next.allowance);
          next = nextShard(window, budgets, options);
        }
        if (window.running.size === 0)
          throw budgetSpent(
            window,
            budgets,
            `${done.length} of ${plan.shardCount} shards are whole`,
          );
        const target = window.running.size;
        await condition(() => window.running.size < target || failure !== undefined || isHeld());
        if (isHeld() || window.waiting.length === 0) {
          await condition(() => window.running.size === 0 || failure !== undefined);
          await control.dispatch({ type: 'work ended' });
        }
        if (failure !== undefined) throw failure;
      }
    });
  } catch (error) {
    scope.cancel();
    throw error;
  }
  return { shards: done.sort((a, b) => a.shardIndex - b.shardIndex), spent: window.spent };
}

function budgetsOf(input: StageInput): Budgets {
  const { chat, captions, images, scores } = input.recipe.recipe.providers;
  return {
    chat: chat.budget,
    captions: captions.budget,
    images: images.budget,
    scores: scores.budget,
  };
}

function addSpending(sum: Spending, more: Spending): void {
  for (const [provider, { calls, cost }] of Object.entries(more) as [PaidProvider, Spent][]) {
    const own = sum[provider] ?? { calls: 0, cost: 0 };
    sum[provider] = { calls: own.calls + calls, cost: own.cost + cost };
  }
}

function budgetSpent(window: ShardWindow, budgets: Budgets, state: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `The budget is used up (${describeSpent(window, budgets) ?? 'no provider may be asked'}); ${state}. ` +
      'Every answer is kept: raise the budget and start the same recipe again, and it goes on from here.',
    FailureType.budgetSpent,
  );
}

async function askForShard(
  input: StageInput,
  shard: { plan: CollectionPlan; stageKey: string; shardIndex: number; allowance: Allowance },
): Promise<CollectedShard> {
  const { collect: settings, providers, seed } = input.recipe.recipe;
  const { plan, shardIndex } = shard;
  const prior = { ...plan.spentByShard[shardIndex] };
  return collectActivities.collectShard.executeWithOptions(
    {
      activityId: `shard-${String(shardIndex).padStart(5, '0')}`,
      summary: `Make the pairs of shard ${shardIndex + 1} of ${plan.shardCount}`,
    },
    [
      {
        ...shard,
        plan: { ...plan, spentByShard: {} },
        settings,
        providers,
        seed,
        share: 1 / Math.min(shardsAtOnce, plan.shardCount),
        prior,
        ...(input.recipe.base && { base: input.recipe.base }),
      },
    ],
  );
}
