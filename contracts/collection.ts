import type { ArtifactRef } from './artifact.js';
import type { ShardPlan } from './shards.js';
import type { Spending } from './spending.js';

/**
 * Shards that wait to be collected; `rows` is a `dataset` artifact with the clean rows, what was put aside, and the
 * watermark of the next run.
 */
export interface CollectionPlan extends ShardPlan {
  rejectedCount: number;
  /** Of the collection that pays; a plan made by an older Burnish has none. */
  stageKey?: string;
}

/** Pairs made of one shard. */
export interface CollectedShard {
  shardIndex: number;
  /** `dataset` artifact with the pairs, what was put aside, and the quarantine; absent if the allowance ran out. */
  pairs?: ArtifactRef;
  pairCount: number;
  rejectedCount: number;
  /** Rows that failed for good. */
  quarantinedCount: number;
  /** Paid for this shard since the plan was made. */
  spent: Spending;
}
