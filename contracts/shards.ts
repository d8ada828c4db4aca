import type { ArtifactRef } from './artifact.js';
import type { Spending } from './spending.js';

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

/** What came of a shard of texts that wait for scores. */
export interface ScoredShard {
  shardIndex: number;
  /** `labels` artifact with the scores and the quarantine; absent if the allowance ran out. */
  scores?: ArtifactRef;
  /** Texts that failed for good. */
  quarantinedCount: number;
  /** Paid for this shard since the plan was made. */
  spent: Spending;
}
