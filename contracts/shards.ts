// Workflow code takes `addSpending`, so there is no zod here.
import type { ProviderName } from '../recipe/sections/providers.js';
import type { ArtifactRef } from './artifact.js';

/** What answers of one provider have cost. */
export interface Spent {
  /** Calls that were answered. */
  calls: number;
  /** In the unit of the recipe's prices. */
  cost: number;
}

/** By provider; one that is absent was not asked. */
export type Spending = Partial<Record<ProviderName, Spent>>;

/** Adds what was spent to a sum. */
export function addSpending(sum: Spending, more: Spending): void {
  for (const [provider, { calls, cost }] of Object.entries(more) as [ProviderName, Spent][]) {
    const own = sum[provider] ?? { calls: 0, cost: 0 };
    sum[provider] = { calls: own.calls + calls, cost: own.cost + cost };
  }
}

/** How much may still be spent, by provider; what is absent or null has no limit. */
export type Allowance = Partial<
  Record<ProviderName, { calls: number | null; cost: number | null }>
>;

/** Rows divided into shards, which wait to be asked for. */
export interface ShardPlan {
  /** Artifact with a file of rows a shard. */
  rows: ArtifactRef;
  /** A power of two. */
  shardCount: number;
  rowCount: number;
  /** What this stage had paid before: by an earlier run that was ended, or stopped at its budget. */
  spent: Spending;
  /** The same by shard, where it is not nothing. */
  spentByShard: Record<number, Spending>;
}

/**
 * Shards that wait to be collected; `rows` is a `dataset` artifact with the clean rows, what was put aside, and the
 * watermark of the next run.
 */
export interface CollectionPlan extends ShardPlan {
  rejectedCount: number;
  /** Key of the collection that pays; a plan made by an older Burnish has none. */
  stageKey?: string;
}

interface FinishedShard {
  shardIndex: number;
  /** Rows or texts that failed for good. */
  quarantinedCount: number;
  /** Paid for this shard since the plan was made. */
  spent: Spending;
}

/** Pairs made of one shard. */
export interface CollectedShard extends FinishedShard {
  /** `dataset` artifact with the pairs, what was put aside, and the quarantine; absent if the allowance ran out. */
  pairs?: ArtifactRef;
  pairCount: number;
  rejectedCount: number;
}

/** The scores of one shard's texts. */
export interface ScoredShard extends FinishedShard {
  /** `labels` artifact with the scores and the quarantine; absent if the allowance ran out. */
  scores?: ArtifactRef;
}
