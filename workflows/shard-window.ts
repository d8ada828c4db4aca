/** Which shard of a stage may start, and what it may spend, as pure functions of what is running and spent. */
import type { ProviderName } from '../recipe/sections/providers.js';
import type { Allowance, Spending } from '../contracts/shards.js';

type Limit = { calls: number | null; cost: number | null };

/** A provider's cap for the whole stage; null, or no entry, is none. */
export type Budgets = Partial<Record<ProviderName, Limit>>;

export interface ShardWindow {
  /** Shards that no activity has, next first. */
  waiting: number[];
  /** What each running shard may spend. */
  running: Map<number, Allowance>;
  /** Shards whose allowance ran out: they wait for more. */
  cutShort: Set<number>;
  spent: Spending;
}

/** Calls of a shard beyond those that its rows need, for answers that are asked for again. */
const spareCalls = 1.2;

/** What is left of a budget that no running shard holds: null where there is no limit, never below 0. */
export function remaining(window: ShardWindow, budgets: Budgets): Allowance {
  const left: Allowance = {};
  for (const [provider, budget] of Object.entries(budgets) as [ProviderName, Limit][]) {
    const spent = window.spent[provider] ?? { calls: 0, cost: 0 };
    let { calls, cost } = budget;
    if (calls !== null) calls -= spent.calls;
    if (cost !== null) cost -= spent.cost;
    for (const held of window.running.values()) {
      if (calls !== null) calls -= held[provider]?.calls ?? 0;
      if (cost !== null) cost -= held[provider]?.cost ?? 0;
    }
    if (calls === null && cost === null) continue;
    left[provider] = {
      calls: calls === null ? null : Math.max(0, calls),
      cost: cost === null ? null : Math.max(0, cost),
    };
  }
  return left;
}

/**
 * The next shard to start with what it may spend; undefined if none may start now.
 *
 * Every shard is tried once, even with nothing to spend: all it needs may be paid for already. One that was cut short
 * waits until something is left.
 */
export function nextShard(
  window: ShardWindow,
  budgets: Budgets,
  options: { atOnce: number; callsPerShard: number },
): { shardIndex: number; allowance: Allowance } | undefined {
  if (window.running.size >= options.atOnce) return undefined;
  const left = remaining(window, budgets);
  const isSpent = Object.values(left).some(({ calls, cost }) => calls === 0 || cost === 0);
  const shardIndex = window.waiting.find((index) => !isSpent || !window.cutShort.has(index));
  if (shardIndex === undefined) return undefined;
  const wanted = Math.ceil(options.callsPerShard * spareCalls);
  const slots = options.atOnce - window.running.size;
  const allowance: Allowance = {};
  for (const [provider, { calls, cost }] of Object.entries(left) as [ProviderName, Limit][]) {
    allowance[provider] = {
      calls: calls === null ? null : Math.min(calls, wanted),
      // What a call costs is known afterwards only, so money is divided evenly.
      cost: cost === null ? null : cost / slots,
    };
  }
  return { shardIndex, allowance };
}

/** Providers whose budget is used up, in words, or undefined while something is left. */
export function describeSpent(window: ShardWindow, budgets: Budgets): string | undefined {
  const spent = Object.entries(budgets).flatMap(([provider, { calls, cost }]) => {
    const own = window.spent[provider as ProviderName] ?? { calls: 0, cost: 0 };
    const parts = [
      ...(calls !== null && own.calls >= calls ? [`${own.calls} of ${calls} calls`] : []),
      ...(cost !== null && own.cost >= cost ? [`${own.cost.toFixed(2)} of ${cost} spent`] : []),
    ];
    return parts.length > 0 ? [`providers.${provider}.budget: ${parts.join(', ')}`] : [];
  });
  return spent.length > 0 ? spent.join('; ') : undefined;
}
