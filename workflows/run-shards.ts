import {
  ApplicationFailure,
  CancellationScope,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type {
  Allowance,
  CollectedShard,
  CollectionPlan,
  ScoredShard,
  ShardPlan,
  Spending,
  Spent,
} from '../contracts/shards.js';
import { FailureType } from '../contracts/names.js';
import type { ProviderName } from '../recipe/sections/providers.js';
import type { StageInput, StageWork } from '../contracts/stages.js';
import { describeSpent, nextShard, type Budgets, type ShardWindow } from './shard-window.js';
import type { StageRun } from './stage-control.js';

/**
 * Shards asked for at once, at most. Each has its part of the providers' limits, so they hold whatever worker runs it; and
 * each asks for one answer at a time at least, so there are no more of them than a provider takes requests.
 */
const shardsAtOnce = 4;

/** A shard as an activity is asked for it. */
export interface AskedShard {
  shardIndex: number;
  allowance: Allowance;
  /** What the stage had paid for this shard when the allowance was given. */
  prior: Spending;
  /** This shard's part of the providers' limits, 0 to 1. */
  share: number;
}

/** What a stage has done shard by shard. */
export interface ShardWork<Shard extends CollectedShard | ScoredShard> {
  plan: CollectionPlan | ShardPlan;
  /** Those that are asked: their budgets count. */
  providers: readonly ProviderName[];
  /** Calls of one provider that a row can need. */
  callsPerRow: number;
  /** Without a result the allowance ran out. */
  isWhole: (shard: Shard) => boolean;
  ask: (asked: AskedShard) => Promise<Shard>;
  /** What the stage computed before, for a new run of a long workflow. */
  work?: StageWork;
}

/**
 * Every shard, in order of its index, and what they cost; a pause lets the shards under way end and starts no other.
 *
 * @throws ApplicationFailure BudgetSpentError once a provider's budget is used up; StageStoppedError.
 */
export async function runShards<Shard extends CollectedShard | ScoredShard>(
  { input, control, stageKey }: StageRun,
  { plan: given, ask, isWhole, ...stage }: ShardWork<Shard>,
): Promise<{ shards: Shard[]; spent: Spending }> {
  const plan = { ...given, spentByShard: { ...given.spentByShard } };
  const budgets = budgetsOf(input, stage.providers);
  const done = [...((input.carried?.shards ?? []) as Shard[])];
  const doneIndexes = new Set(done.map(({ shardIndex }) => shardIndex));
  const window: ShardWindow = {
    waiting: Array.from({ length: plan.shardCount }, (_, index) => index).filter(
      (index) => !doneIndexes.has(index),
    ),
    running: new Map(),
    cutShort: new Set(),
    spent: { ...(input.carried?.spent ?? plan.spent) },
  };
  const callsPerShard = (plan.rowCount / plan.shardCount) * stage.callsPerRow;
  const { providers } = input.recipe.recipe;
  const concurrencies = stage.providers.map((provider) => providers[provider].concurrency);
  const atOnce = Math.min(shardsAtOnce, plan.shardCount, ...concurrencies);
  const options = { atOnce, callsPerShard };
  const share = 1 / atOnce;
  let failure: Error | undefined;

  const start = (shardIndex: number, allowance: Allowance): void => {
    window.waiting.splice(window.waiting.indexOf(shardIndex), 1);
    window.running.set(shardIndex, allowance);
    ask({ shardIndex, allowance, prior: { ...plan.spentByShard[shardIndex] }, share })
      .then((shard) => {
        addSpending(window.spent, shard.spent);
        // A later attempt of a shard that was cut short counts from here.
        const prior = (plan.spentByShard[shardIndex] = { ...plan.spentByShard[shardIndex] });
        addSpending(prior, shard.spent);
        if (isWhole(shard)) done.push(shard);
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
  const carryOn = async (): Promise<void> => {
    const { status, paused } = control.state;
    const { work } = stage;
    const carried = { status, paused, stageKey, plan, shards: done, spent: window.spent };
    await continueAsNew<(input: StageInput) => Promise<unknown>>({
      ...input,
      carried: { ...carried, ...(work && { work }) },
    });
  };
  const scope = new CancellationScope();
  try {
    await scope.run(async () => {
      while (window.waiting.length > 0 || window.running.size > 0) {
        if (window.running.size === 0) {
          await control.untilRunnable();
          if (workflowInfo().continueAsNewSuggested) await carryOn();
          await control.dispatch({ type: 'work started' });
        }
        let next = nextShard(window, budgets, options);
        while (next) {
          start(next.shardIndex, next.allowance);
          next = nextShard(window, budgets, options);
        }
        if (window.running.size === 0) {
          const state = `${done.length} of ${plan.shardCount} shards are whole`;
          throw budgetSpent(window, budgets, state);
        }
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

function budgetsOf({ recipe }: StageInput, asked: readonly ProviderName[]): Budgets {
  const { providers } = recipe.recipe;
  return Object.fromEntries(asked.map((provider) => [provider, providers[provider].budget]));
}

function addSpending(sum: Spending, more: Spending): void {
  for (const [provider, { calls, cost }] of Object.entries(more) as [ProviderName, Spent][]) {
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
