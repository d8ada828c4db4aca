import {
  ApplicationFailure,
  CancellationScope,
  condition,
  workflowInfo,
} from '@temporalio/workflow';
import {
  addSpending,
  type Allowance,
  type CollectedShard,
  type CollectionPlan,
  type ScoredShard,
  type ShardPlan,
  type Spending,
} from '../contracts/shards.js';
import { FailureType } from '../contracts/names.js';
import type { ProviderName } from '../recipe/sections/providers.js';
import type { StageWork } from '../contracts/stages.js';
import { describeSpent, nextShard, type Budgets, type ShardWindow } from './shard-window.js';
import { continueStage, type StageRun } from './stage-control.js';

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
  run: StageRun,
  work: ShardWork<Shard>,
): Promise<{ shards: Shard[]; spent: Spending }> {
  const shards = new ShardRuns(run, work);
  const scope = new CancellationScope();
  try {
    await scope.run(() => shards.untilAllDone());
  } catch (error) {
    scope.cancel();
    throw error;
  }
  return shards.result();
}

/** The shards of one stage: which wait, which are under way, which are done, and what they have cost. */
class ShardRuns<Shard extends CollectedShard | ScoredShard> {
  readonly #run: StageRun;
  readonly #work: ShardWork<Shard>;
  readonly #plan: CollectionPlan | ShardPlan;
  readonly #budgets: Budgets;
  readonly #window: ShardWindow;
  readonly #done: Shard[];
  readonly #atOnce: number;
  #failure: Error | undefined;

  constructor(run: StageRun, work: ShardWork<Shard>) {
    const { carried, recipe } = run.input;
    const { providers } = recipe.recipe;
    this.#run = run;
    this.#work = work;
    this.#plan = { ...work.plan, spentByShard: { ...work.plan.spentByShard } };
    this.#budgets = Object.fromEntries(
      work.providers.map((provider) => [provider, providers[provider].budget]),
    );
    this.#done = [...((carried?.shards ?? []) as Shard[])];
    const doneIndexes = new Set(this.#done.map(({ shardIndex }) => shardIndex));
    this.#window = {
      waiting: Array.from({ length: this.#plan.shardCount }, (_, index) => index).filter(
        (index) => !doneIndexes.has(index),
      ),
      running: new Map(),
      cutShort: new Set(),
      spent: { ...(carried?.spent ?? this.#plan.spent) },
    };
    const concurrencies = work.providers.map((provider) => providers[provider].concurrency);
    this.#atOnce = Math.min(shardsAtOnce, this.#plan.shardCount, ...concurrencies);
  }

  result(): { shards: Shard[]; spent: Spending } {
    const shards = this.#done.sort((a, b) => a.shardIndex - b.shardIndex);
    return { shards, spent: this.#window.spent };
  }

  /** Asks for shards until all are whole; between them the stage can pause, stop and continue as new. */
  async untilAllDone(): Promise<void> {
    const { control } = this.#run;
    const { waiting, running } = this.#window;
    while (waiting.length > 0 || running.size > 0) {
      if (running.size === 0) {
        await control.untilRunnable();
        if (workflowInfo().continueAsNewSuggested) await this.#carryOn();
        await control.dispatch({ type: 'work started' });
      }
      this.#startAllowed();
      if (running.size === 0) {
        const state = `${this.#done.length} of ${this.#plan.shardCount} shards are whole`;
        throw budgetSpent(this.#window, this.#budgets, state);
      }
      const target = running.size;
      await condition(() => running.size < target || this.#failure !== undefined || this.#isHeld());
      if (this.#isHeld() || waiting.length === 0) {
        await condition(() => running.size === 0 || this.#failure !== undefined);
        await control.dispatch({ type: 'work ended' });
      }
      if (this.#failure !== undefined) throw this.#failure;
    }
  }

  /** Starts shards while the window and the budgets allow it. */
  #startAllowed(): void {
    const { rowCount, shardCount } = this.#plan;
    const callsPerShard = (rowCount / shardCount) * this.#work.callsPerRow;
    const options = { atOnce: this.#atOnce, callsPerShard };
    let next = nextShard(this.#window, this.#budgets, options);
    while (next) {
      this.#start(next.shardIndex, next.allowance);
      next = nextShard(this.#window, this.#budgets, options);
    }
  }

  #start(shardIndex: number, allowance: Allowance): void {
    const { waiting, running, cutShort, spent } = this.#window;
    const { spentByShard } = this.#plan;
    waiting.splice(waiting.indexOf(shardIndex), 1);
    running.set(shardIndex, allowance);
    const prior = { ...spentByShard[shardIndex] };
    this.#work
      .ask({ shardIndex, allowance, prior, share: 1 / this.#atOnce })
      .then((shard) => {
        addSpending(spent, shard.spent);
        // A later attempt of a shard that was cut short counts from here.
        const paid = (spentByShard[shardIndex] = { ...spentByShard[shardIndex] });
        addSpending(paid, shard.spent);
        if (this.#work.isWhole(shard)) this.#done.push(shard);
        else {
          cutShort.add(shardIndex);
          waiting.push(shardIndex);
        }
      })
      .catch((error: unknown) => {
        this.#failure ??= error instanceof Error ? error : new Error(String(error));
      })
      .finally(() => running.delete(shardIndex));
  }

  /** Shards under way end and no other starts: for a pause, a stop, or a new run of a long workflow. */
  #isHeld(): boolean {
    const { paused, stopped } = this.#run.control.state;
    return paused || stopped || workflowInfo().continueAsNewSuggested;
  }

  async #carryOn(): Promise<void> {
    const { work } = this.#work;
    const shards = { plan: this.#plan, shards: this.#done, spent: this.#window.spent };
    await continueStage(this.#run, { ...shards, ...(work && { work }) });
  }
}

function budgetSpent(window: ShardWindow, budgets: Budgets, state: string): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `The budget is used up (${describeSpent(window, budgets) ?? 'no provider may be asked'}); ${state}. ` +
      'Every answer is kept: raise the budget and start the same recipe again, and it goes on from here.',
    FailureType.budgetSpent,
  );
}
