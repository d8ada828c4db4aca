import type { ArtifactRef } from './artifact.js';
import type { Spending } from './spending.js';

/** Shards that wait to be collected. */
export interface CollectionPlan {
  /** `dataset` artifact with the shards of clean rows, what was put aside, and the watermark of the next run. */
  rows: ArtifactRef;
  /** A power of two. */
  shardCount: number;
  rowCount: number;
  rejectedCount: number;
  /** Of the collection that pays; a plan made by an older Burnish has none. */
  stageKey?: string;
  /** What this collection had paid before: by an earlier run that was ended, or stopped at its budget. */
  spent: Spending;
  /** The same by shard, where it is not nothing. */
  spentByShard: Record<number, Spending>;
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
